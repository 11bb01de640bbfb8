namespace ConnectChat.Gateway.Backpressure;

/// <summary>The sends of one group that this gateway accepted and whose outcome it has not read yet. Safe for any thread.</summary>
/// <remarks>
/// A group's records are in one partition and are processed in order, so the outcome of one offset says that all lower ones are done. The pace is counted
/// over windows of a quarter second in which something waited.
/// </remarks>
internal sealed class GroupBacklog(BackpressureOptions options, TimeProvider clock)
{
    /// <summary>So few say nothing about a group: a repeated send has no outcome of its own and waits for the next one's.</summary>
    private const int Few = 10;

    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Queue<(long Offset, long At)> _waiting = new();
    private long _doneUpTo = -1;
    private long _windowAt;
    private int _doneInWindow;
    private double _perSecond;
    private long _probedAt;

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>
    /// Whether one more may be accepted. While the group stands still one a second may: by its outcome this gateway learns that it goes on.
    /// </summary>
    public bool MayGrow()
    {
        lock (_lock)
        {
            if (_waiting.Count < Few)
            {
                return true;
            }

            if (clock.GetElapsedTime(_waiting.Peek().At) >= options.MostBehind)
            {
                return Probe();
            }

            return _waiting.Count < options.AlwaysWaiting || _waiting.Count < _perSecond * options.MostWaiting.TotalSeconds;
        }
    }

    /// <summary>A send was accepted at this offset of the incoming topic.</summary>
    public void Accepted(long offset)
    {
        lock (_lock)
        {
            // Its outcome may have come before Kafka's acknowledgement.
            if (offset > _doneUpTo)
            {
                if (_waiting.Count == 0)
                {
                    (_windowAt, _doneInWindow) = (clock.GetTimestamp(), 0);
                }

                _waiting.Enqueue((offset, clock.GetTimestamp()));
            }
        }
    }

    /// <summary>
    /// The outcome of the record at this offset was read. Null ends the wait of all: a version that does not say the offset yet; better to
    /// accept too much for a while than to refuse for ever.
    /// </summary>
    public void Done(long? offset)
    {
        lock (_lock)
        {
            _doneUpTo = Math.Max(_doneUpTo, offset ?? -1);
            while (_waiting.TryPeek(out var oldest) && (offset is null || oldest.Offset <= offset))
            {
                _waiting.Dequeue();
                _doneInWindow++;
            }

            var elapsed = clock.GetElapsedTime(_windowAt);
            if (elapsed >= Window)
            {
                _perSecond = _doneInWindow / elapsed.TotalSeconds;
                (_windowAt, _doneInWindow) = (clock.GetTimestamp(), 0);
            }
        }
    }

    /// <summary>The bus is another one: nothing of before has an outcome any more.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _waiting.Clear();
            _doneUpTo = -1;
        }
    }

    private bool Probe()
    {
        if (_probedAt != 0 && clock.GetElapsedTime(_probedAt) < ProbeEvery)
        {
            return false;
        }

        _probedAt = clock.GetTimestamp();
        return true;
    }
}
