using ConnectChat.Client;
using ConnectChat.LocalCluster.Clients;
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

    // Whoever pressed the button waits for an answer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly GatewayApi _api = new(
        LoopbackHttp.Client(Patience), [gateway], () => tokens.Mint(Owner, TokenLifetime, TimeProvider.System), Patience, TimeProvider.System);

    /// <summary>Creates the group; one that exists is left as it is.</summary>
    /// <exception cref="ChatException">Refused, or the gateway does not answer.</exception>
    public Task EnsureAsync(CancellationToken cancellationToken) => _api.CreateGroupAsync(Id, "Demo from the dashboard", cancellationToken);

    /// <summary>Adds users; a member stays one.</summary>
    /// <exception cref="ChatException">Refused, or the gateway does not answer.</exception>
    public Task AddAsync(IEnumerable<string> userIds, CancellationToken cancellationToken) => _api.AddMembersAsync(Id, userIds, cancellationToken);

    /// <summary>Removes a user; who is no member stays none.</summary>
    /// <exception cref="ChatException">Refused, or the gateway does not answer.</exception>
    public Task RemoveAsync(string userId, CancellationToken cancellationToken) => _api.RemoveMembersAsync(Id, [userId], cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _api.Dispose();
}

/// <summary>Why a command could not do its work, in words for QA.</summary>
internal sealed class DemoException(string message) : Exception(message);
