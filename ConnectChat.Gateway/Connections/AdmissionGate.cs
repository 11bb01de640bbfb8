namespace ConnectChat.Gateway.Connections;

/// <summary>Whether this gateway admits connections. A drain closes it, once and for ever.</summary>
internal sealed class AdmissionGate
{
    private int _closed;

    /// <summary>True from the first moment of a drain.</summary>
    public bool IsClosed => Volatile.Read(ref _closed) == 1;

    /// <summary>Admits nobody from now on. Who is admitted after this sees it, who was admitted before is counted.</summary>
    public void Close() => Interlocked.Exchange(ref _closed, 1);
}
