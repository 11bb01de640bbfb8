using System.Diagnostics;

namespace ConnectChat.Gateway.SendQueues;

/// <summary>
/// Frames of records that came together leave together: one call of the system per socket instead of one per frame, which is what a busy
/// gateway spends most of its time on. A record that comes alone is not gathered.
/// </summary>
/// <remarks>For one thread, that of the fan-out. A queue that cannot gather sends at once.</remarks>
internal sealed class FrameGathering
{
    // The first frame must not wait long for the last one: a large group has thousands of sockets.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(2);

    private readonly List<DirectSendQueue> _waiting = [];
    private long _since;

    /// <summary>This queue holds frames back until <see cref="Send"/>.</summary>
    public void Add(DirectSendQueue queue)
    {
        if (_waiting.Count == 0)
        {
            _since = Stopwatch.GetTimestamp();
        }

        _waiting.Add(queue);
    }

    /// <summary>Sends what was gathered, when it has waited for long enough.</summary>
    public void SendIfDue()
    {
        if (_waiting.Count > 0 && Stopwatch.GetElapsedTime(_since) >= Longest)
        {
            Send();
        }
    }

    /// <summary>Sends what was gathered.</summary>
    public void Send()
    {
        foreach (var queue in _waiting)
        {
            queue.SendGathered();
        }

        _waiting.Clear();
    }
}
