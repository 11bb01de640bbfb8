using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.AppHost.Demo;

/// <summary>The group that the dashboard's commands work on, through a gateway's REST API like any client.</summary>
internal sealed class DemoGroup(Uri gateway, UserTokens tokens) : IDisposable
{
    /// <summary>Its id.</summary>
    public const string Id = "dashboard-demo";

    /// <summary>The owner.</summary>
    public const string Owner = "dashboard";

    private static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(5);

    // Loopback is never proxied, whatever the environment says.
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = gateway,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", tokens.Mint(Owner, TokenLifetime, TimeProvider.System)) },
    };

    /// <summary>Creates the group; one that exists is left as it is.</summary>
    public Task EnsureAsync(CancellationToken cancellationToken) => PostAsync("groups", new { groupId = Id, name = "Demo from the dashboard" }, cancellationToken);

    /// <summary>Adds users; a member stays one.</summary>
    public Task AddAsync(IEnumerable<string> userIds, CancellationToken cancellationToken) => PostAsync($"groups/{Id}/members", new { userIds }, cancellationToken);

    /// <summary>Removes a user; who is no member stays none.</summary>
    public Task RemoveAsync(string userId, CancellationToken cancellationToken) =>
        PostAsync($"groups/{Id}/members/remove", new { userIds = new[] { userId } }, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task PostAsync(string path, object body, CancellationToken cancellationToken)
    {
        using var answer = await _http.PostAsJsonAsync(path, body, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new DemoException($"the gateway answered {(int)answer.StatusCode} to POST /{path}: {await DetailAsync(answer, cancellationToken)}");
        }
    }

    private static async Task<string> DetailAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            return $"{problem.GetProperty("code").GetString()}: {problem.GetProperty("detail").GetString()}";
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return answer.ReasonPhrase ?? "no reason given";
        }
    }
}

/// <summary>Why a command could not do its work, in words for QA.</summary>
internal sealed class DemoException(string message) : Exception(message);
