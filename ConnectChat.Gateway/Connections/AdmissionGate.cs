namespace ConnectChat.Gateway.Connections;

/// <summary>
/// Whether this gateway admits connections: not before it reads the bus, not while it has lost the bus, and after the beginning of a drain
/// never again.
/// </summary>
internal sealed class AdmissionGate
{
    private int _closed;
    private volatile bool _reading;

    /// <summary>True from the first moment of a drain.</summary>
    public bool IsClosed => Volatile.Read(ref _closed) == 1;

    /// <summary>
    /// True while whatever is published from now on is delivered here: every partition is read from a known position, and the bus answered
    /// lately. Otherwise nobody may be told that they have everything.
    /// </summary>
    public bool IsReading => _reading;

    /// <summary>Admits nobody from now on. Who is admitted after this sees it, who was admitted before is counted.</summary>
    public void Close() => Interlocked.Exchange(ref _closed, 1);

    /// <summary>The reader of the bus says whether it reads.</summary>
    public void Reading(bool reading) => _reading = reading;
}
