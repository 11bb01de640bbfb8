using ConnectChat.Contracts.Hub;

namespace ConnectChat.Client.Ordering;

/// <summary>What a client knows of one group. Guarded by the lock of <see cref="KnownGroups"/>.</summary>
internal sealed class KnownGroup(string id, long position)
{
    /// <summary>So many messages ahead of a gap are kept; further ones show as gaps later.</summary>
    private const int MostAhead = 100;

    private SortedList<long, ChatMessage>? _ahead;
    private TaskCompletionSource? _reached;
    private long _awaited;

    public string Id { get; } = id;

    /// <summary>Up to where the group was received.</summary>
    public GroupCursor Cursor { get; } = new(position);

    /// <summary>Up to where the application has dealt with it.</summary>
    public long DealtWith { get; set; } = position;

    /// <summary>True while it stands in the queue of groups to resume.</summary>
    public bool Wanted { get; set; }

    /// <summary>True from the moment a Resume is called for it until its answer has been dealt with.</summary>
    public bool Resuming { get; set; }

    /// <summary>True when a gap showed meanwhile: what that Resume replays cannot come through.</summary>
    public bool GapWhileResuming { get; set; }

    /// <summary>The gap that was reported last: why, and after which sequence. Null once a resume was complete.</summary>
    public (string Code, long After)? Reported { get; set; }

    /// <summary>
    /// Keeps a message that came ahead of a gap. It was meant for this user, who may be no member any more when what is before it is asked for.
    /// </summary>
    public void Hold(ChatMessage message)
    {
        _ahead ??= [];
        if (_ahead.Count < MostAhead)
        {
            _ahead[message.Sequence] = message;
        }
    }

    /// <summary>The first message that is ahead of a gap; null when none is kept.</summary>
    public ChatMessage? FirstAhead()
    {
        while (_ahead is { Count: > 0 } && _ahead.GetKeyAtIndex(0) <= Cursor.Last)
        {
            _ahead.RemoveAt(0);
        }

        return _ahead is { Count: > 0 } ? _ahead.GetValueAtIndex(0) : null;
    }

    /// <summary>Completes once a sequence was received, or a gap shows that it will not be. One caller at a time.</summary>
    public Task ReachAsync(long sequence)
    {
        (_awaited, _reached) = (sequence, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var reached = _reached.Task;
        Moved();
        return reached;
    }

    /// <summary>To be called when the cursor moved or a gap showed.</summary>
    public void Moved()
    {
        if (_reached is not null && (Cursor.Last >= _awaited || GapWhileResuming))
        {
            _reached.SetResult();
            _reached = null;
        }
    }
}
