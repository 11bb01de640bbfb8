using System.Threading.Channels;
using ConnectChat.Contracts.Hub;

namespace ConnectChat.Client.Ordering;

/// <summary>
/// The groups of a client: up to where each was received, and a queue of those that must be resumed. Outlives connections.
/// </summary>
/// <remarks>Thread-safe. <see cref="TakeWantedAsync"/> is for one caller at a time.</remarks>
/// <param name="deliver">Takes each message that is next in its group, one at a time. Called inside the lock: it must not wait.</param>
internal sealed class KnownGroups(Action<ChatMessage> deliver)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, KnownGroup> _groups = [];

    // Each wanted group once. A queue, because scanning all groups would cost every delivery, and would starve those at the end.
    private readonly Channel<KnownGroup> _wanted = Channel.CreateUnbounded<KnownGroup>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Group → last sequence that the application has dealt with.</summary>
    public IReadOnlyDictionary<string, long> Positions
    {
        get
        {
            lock (_lock)
            {
                return _groups.ToDictionary(group => group.Key, group => group.Value.DealtWith);
            }
        }
    }

    /// <summary>Whether a group is known.</summary>
    public bool Knows(string groupId)
    {
        lock (_lock)
        {
            return _groups.ContainsKey(groupId);
        }
    }

    /// <summary>Makes a group known, so that every connection resumes it; one that is known keeps its position.</summary>
    public void Know(string groupId, long position)
    {
        lock (_lock)
        {
            _groups.TryAdd(groupId, new KnownGroup(groupId, position));
        }
    }

    /// <summary>The user belongs to this group. Only one that was not known wants a resume: the others have had theirs.</summary>
    public void Discover(string groupId)
    {
        lock (_lock)
        {
            if (!_groups.ContainsKey(groupId))
            {
                Enqueue(Get(groupId));
            }
        }
    }

    /// <summary>A message arrived: delivers it when it is next, drops it when it was seen, asks for what is missing before it.</summary>
    public void Receive(ChatMessage message)
    {
        lock (_lock)
        {
            var group = Get(message.GroupId);
            switch (group.Cursor.Offer(message.PreviousSequence, message.Sequence))
            {
                case CursorVerdict.Deliver:
                    deliver(message);
                    group.Moved();
                    break;
                case CursorVerdict.Gap when !group.Resuming:
                    group.Hold(message);
                    Enqueue(group);
                    break;
                case CursorVerdict.Gap:
                    group.Hold(message);
                    group.GapWhileResuming = true;
                    group.Moved();
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>The application has dealt with a message.</summary>
    public void DealtWith(ChatMessage message)
    {
        lock (_lock)
        {
            var group = Get(message.GroupId);

            // What was received before the group started again is of another history.
            group.DealtWith = Math.Min(message.Sequence, group.Cursor.Last);
        }
    }

    /// <summary>A new connection missed everything until now: all known groups want a resume.</summary>
    public void WantAll()
    {
        lock (_lock)
        {
            foreach (var group in _groups.Values)
            {
                group.Resuming = false;
                Enqueue(group);
            }
        }
    }

    /// <summary>Something was missed on this connection, nobody knows in which group.</summary>
    public void WantAllAgain()
    {
        lock (_lock)
        {
            foreach (var group in _groups.Values)
            {
                Enqueue(group);
            }
        }
    }

    /// <summary>One group wants a resume.</summary>
    public void Want(string groupId)
    {
        lock (_lock)
        {
            Enqueue(Get(groupId));
        }
    }

    /// <summary>Waits until groups want a resume, and takes up to <paramref name="most"/> of them, the longest waiting first.</summary>
    public async Task<IReadOnlyList<ResumePosition>> TakeWantedAsync(int most, CancellationToken cancellationToken)
    {
        await _wanted.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            var taken = new List<ResumePosition>();
            while (taken.Count < most && _wanted.Reader.TryRead(out var group))
            {
                (group.Wanted, group.Resuming, group.GapWhileResuming) = (false, true, false);
                taken.Add(new ResumePosition { GroupId = group.Id, LastSequence = group.Cursor.Last });
            }

            return taken;
        }
    }

    /// <summary>
    /// Waits until the messages that a resume replayed have come through, or a gap among them shows that they will not. SignalR hands
    /// out the answer to a call ahead of messages that were sent before it.
    /// </summary>
    public Task ReachAsync(string groupId, long sequence, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _groups[groupId].ReachAsync(sequence).WaitAsync(cancellationToken);
        }
    }

    /// <summary>A resume of a group is over. Returns whether something is still missing, and the position.</summary>
    public (bool Behind, long Last) Resumed(string groupId, bool complete)
    {
        lock (_lock)
        {
            var group = _groups[groupId];
            group.Resuming = false;
            group.Reported = complete ? null : group.Reported;
            return (group.Cursor.IsBehind, group.Cursor.Last);
        }
    }

    /// <summary>The group has another history than before: everything in it is wanted from the first message on.</summary>
    public void StartAgain(string groupId)
    {
        lock (_lock)
        {
            var group = _groups[groupId];
            group.Cursor.StartAgain();
            group.DealtWith = 0;
            Enqueue(group);
        }
    }

    /// <summary>
    /// True when a gap is to be reported; false when the same was reported before: a group that was left is asked for at every connection.
    /// </summary>
    public bool IsNewGap(string groupId, string code, out long after)
    {
        lock (_lock)
        {
            var group = _groups[groupId];
            after = group.Cursor.Last;
            var gap = (code, after);
            var isNew = group.Reported != gap;
            group.Reported = gap;
            return isNew;
        }
    }

    /// <summary>The next message is taken, whatever is missing before it. The gap has been reported.</summary>
    public void AcceptGap(string groupId)
    {
        lock (_lock)
        {
            _groups[groupId].Cursor.AcceptGap();
        }
    }

    /// <summary>Whether messages are kept that came ahead of a gap.</summary>
    public bool HasAhead(string groupId)
    {
        lock (_lock)
        {
            return _groups[groupId].FirstAhead() is not null;
        }
    }

    /// <summary>
    /// Delivers the first message that came ahead of a gap: across the gap, or only when it is next. False when there is none.
    /// </summary>
    public bool DeliverAhead(string groupId, bool acrossGap)
    {
        lock (_lock)
        {
            var group = _groups[groupId];
            if (group.FirstAhead() is not { } message || (!acrossGap && message.PreviousSequence > group.Cursor.Last))
            {
                return false;
            }

            if (acrossGap)
            {
                group.Cursor.AcceptGap();
            }

            group.Cursor.Offer(message.PreviousSequence, message.Sequence);
            deliver(message);
            group.Moved();
            return true;
        }
    }

    private KnownGroup Get(string groupId)
    {
        if (!_groups.TryGetValue(groupId, out var group))
        {
            _groups[groupId] = group = new KnownGroup(groupId, 0);
        }

        return group;
    }

    private void Enqueue(KnownGroup group)
    {
        if (!group.Wanted)
        {
            group.Wanted = true;
            _ = _wanted.Writer.TryWrite(group);
        }
    }
}
