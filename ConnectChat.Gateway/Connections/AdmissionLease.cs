namespace ConnectChat.Gateway.Connections;

/// <summary>
/// A connection between its admission and its registration: a drain waits for it. Ends at the registration, or with the request when it
/// comes to none.
/// </summary>
internal sealed class AdmissionLease(LocalConnections connections) : IDisposable
{
    private int _ended;

    /// <summary>The one that the request of a connection began with; null for a transport that has none.</summary>
    public static AdmissionLease? Of(HttpContext? context) =>
        context?.Items.TryGetValue(typeof(AdmissionLease), out var found) == true ? (AdmissionLease?)found : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            connections.Opened();
        }
    }
}
