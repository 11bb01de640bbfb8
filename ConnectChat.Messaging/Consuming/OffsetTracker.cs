namespace ConnectChat.Messaging.Consuming;

/// <summary>
/// Which offset of one partition may be committed while its records finish in any order: the lowest that is unfinished. A record is
/// tracked before it is dispatched, so it cannot be skipped.
/// </summary>
/// <remarks>Safe for any thread. Offsets are tracked in ascending order; Kafka may leave gaps between them.</remarks>
internal sealed class OffsetTracker
{
    private readonly Lock _lock = new();
    private readonly SortedSet<long> _unfinished = [];
    private long _next = -1;
    private long _taken = -1;

    /// <summary>How many records are unfinished.</summary>
    public int Unfinished
    {
        get
        {
            lock (_lock)
            {
                return _unfinished.Count;
            }
        }
    }

    /// <summary>The lowest unfinished offset, or the one after the last when all are finished; -1 before the first record.</summary>
    public long Position
    {
        get
        {
            lock (_lock)
            {
                return _unfinished.Count > 0 ? _unfinished.Min : _next;
            }
        }
    }

    /// <summary>
    /// A record was read. False when it is not above all that were read before: the partition was cut back (a broker that lost its
    /// data), and what this tracker knows is about records that are gone.
    /// </summary>
    public bool TryTrack(long offset)
    {
        lock (_lock)
        {
            if (offset < _next)
            {
                return false;
            }

            if (_next < 0)
            {
                _taken = offset;
            }

            _unfinished.Add(offset);
            _next = offset + 1;
            return true;
        }
    }

    /// <summary>A record is done with: published, refused or dead-lettered.</summary>
    public void Finish(long offset)
    {
        lock (_lock)
        {
            _unfinished.Remove(offset);
        }
    }

    /// <summary>The offset to store now; false when nothing was finished at the front since the last call.</summary>
    public bool TryAdvance(out long offset)
    {
        lock (_lock)
        {
            offset = _unfinished.Count > 0 ? _unfinished.Min : _next;
            if (offset == _taken)
            {
                return false;
            }

            _taken = offset;
            return true;
        }
    }
}
