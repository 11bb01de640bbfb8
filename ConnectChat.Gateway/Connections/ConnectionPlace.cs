using System.Threading.RateLimiting;

namespace ConnectChat.Gateway.Connections;

/// <summary>One place of one connection, among its user's and among the gateway's, until it is disposed.</summary>
internal sealed class ConnectionPlace(RateLimitLease user, RateLimitLease gateway) : IDisposable
{
    /// <summary>The place that this request took when it was admitted; null when an earlier request of the connection took it.</summary>
    public static ConnectionPlace? Of(HttpContext? context) =>
        context?.Items.TryGetValue(typeof(ConnectionPlace), out var found) == true ? (ConnectionPlace?)found : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        // Disposing a lease again does nothing.
        user.Dispose();
        gateway.Dispose();
    }
}
