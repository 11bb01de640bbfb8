namespace ConnectChat.Gateway.Connections;

/// <summary>
/// A connection between its admission and its registration: a drain waits for it. The lease ends at the registration, or with the request
/// when no connection comes of it.
/// </summary>
internal sealed class AdmissionLease(LocalConnections connections) : IDisposable
{
    private int _ended;

    /// <summary>The lease that this request began with; null for a transport without one.</summary>
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
