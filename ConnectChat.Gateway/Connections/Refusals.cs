using ConnectChat.Contracts;

namespace ConnectChat.Gateway.Connections;

/// <summary>
/// The calls of one connection that were refused, in a row. A client that only sends what is refused costs work and gets nothing: at the
/// bound its connection is closed. What the service cannot do at the moment does not count, and any call that succeeds begins anew.
/// </summary>
internal sealed class Refusals(int bound, Action close)
{
    private int _inARow;

    /// <summary>A call was refused.</summary>
    public void Add(string code)
    {
        if (code is not (ErrorCodes.Unavailable or ErrorCodes.Internal or ErrorCodes.Overloaded) && Interlocked.Increment(ref _inARow) == bound)
        {
            close();
        }
    }

    /// <summary>A call succeeded.</summary>
    public void Clear() => Volatile.Write(ref _inARow, 0);
}
