using System.Threading.RateLimiting;

namespace ConnectChat.Gateway.Connections;

/// <summary>One place of one connection, among its user's and among the gateway's, until it is disposed.</summary>
internal sealed class ConnectionPlace(RateLimitLease user, RateLimitLease gateway) : IDisposable
{
    /// <summary>The one that the request of a connection took at its admission; null where the request that took it was another.</summary>
    public static ConnectionPlace? Of(HttpContext? context) =>
        context?.Items.TryGetValue(typeof(ConnectionPlace), out var found) == true ? (ConnectionPlace?)found : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        // Both count a lease that is given back twice once.
        user.Dispose();
        gateway.Dispose();
    }
}
