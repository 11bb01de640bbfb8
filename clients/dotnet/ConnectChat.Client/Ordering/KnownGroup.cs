namespace ConnectChat.Client.Ordering;

/// <summary>What a client knows of one group. Guarded by the lock of <see cref="KnownGroups"/>.</summary>
internal sealed class KnownGroup(string id, long position)
{
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
