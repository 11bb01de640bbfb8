using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace ConnectChat.AppHost.Commands;

/// <summary>The group that the dashboard's commands work on, through a gateway's REST API like any client.</summary>
internal sealed class DemoGroup(Uri gateway, string tokenKey) : IDisposable
{
    /// <summary>Its id, and its owner, who sends.</summary>
    public const string Id = "dashboard-demo";

    /// <summary>The owner.</summary>
    public const string Owner = "dashboard";

    private readonly HttpClient _http = new()
    {
        BaseAddress = gateway,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Tokens.ForUser(Owner, tokenKey)) },
    };

    /// <summary>Creates the group; one that exists is left as it is.</summary>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        using var created = await _http.PostAsJsonAsync("groups", new { groupId = Id, name = "Demo from the dashboard" }, cancellationToken);
        created.EnsureSuccessStatusCode();
    }

    /// <summary>Adds a user; a member stays one.</summary>
    public async Task AddAsync(string userId, CancellationToken cancellationToken)
    {
        using var added = await _http.PostAsJsonAsync($"groups/{Id}/members", new { userIds = new[] { userId } }, cancellationToken);
        added.EnsureSuccessStatusCode();
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
