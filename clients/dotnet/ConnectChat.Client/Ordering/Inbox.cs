using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ConnectChat.Contracts.Hub;

namespace ConnectChat.Client.Ordering;

/// <summary>
/// Everything that arrives, on whichever connection, becomes one stream for the application: per group in order, each message once.
/// It outlives connections and knows which groups need a resume.
/// </summary>
/// <remarks>Thread-safe. Judging a message and queueing it is one step, or a slow old connection could overtake a new one.</remarks>
internal sealed class Inbox(int capacity, bool onlyKnown = false) : IDisposable
{
    private readonly Channel<ChatMessage> _messages = Channel.CreateBounded<ChatMessage>(new BoundedChannelOptions(capacity) { SingleReader = true });
    private readonly SemaphoreSlim _accepting = new(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Group> _groups = [];
    private readonly Dictionary<string, long> _dealtWith = [];
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>What the application has dealt with: it asked for the next message after it.</summary>
    public IReadOnlyDictionary<string, long> Positions
    {
        get
        {
            lock (_lock)
            {
                return new Dictionary<string, long>(_dealtWith);
            }
        }
    }

    /// <summary>Makes a group known, so that every connection resumes it; one that is known keeps its position.</summary>
    public void Know(string groupId, long position = 0)
    {
        lock (_lock)
        {
            if (_groups.TryAdd(groupId, new Group(position)))
            {
                _dealtWith[groupId] = position;
            }
        }
    }

    /// <summary>The user belongs to this group. Only one that was not known wants a resume: the others have had theirs.</summary>
    public void Discover(string groupId)
    {
        lock (_lock)
        {
            if (!_groups.ContainsKey(groupId))
            {
                Want(groupId);
            }
        }
    }

    /// <summary>A message from a connection. Waits while the application has too many to deal with.</summary>
    public async Task AcceptAsync(ChatMessage message, CancellationToken cancellationToken)
    {
        if (onlyKnown && !IsKnown(message.GroupId))
        {
            return;
        }

        await _accepting.WaitAsync(cancellationToken);
        try
        {
            // Room first, the position after: a wait that is cancelled must leave the message unseen.
            if (!await _messages.Writer.WaitToWriteAsync(cancellationToken))
            {
                return;
            }

            lock (_lock)
            {
                Know(message.GroupId);
                var group = _groups[message.GroupId];
                switch (group.Cursor.Offer(message.PreviousSequence, message.Sequence))
                {
                    case CursorVerdict.Deliver:
                        _ = _messages.Writer.TryWrite(message);
                        Changed();
                        break;
                    case CursorVerdict.Gap when !group.Resuming:
                        group.Wanted = true;
                        Changed();
                        break;
                    case CursorVerdict.Gap:
                        group.GapWhileResuming = true;
                        Changed();
                        break;
                    default:
                        break;
                }
            }
        }
        finally
        {
            _accepting.Release();
        }
    }

    /// <summary>A new connection missed everything until now: all known groups want a resume.</summary>
    public void WantAll()
    {
        lock (_lock)
        {
            foreach (var group in _groups.Values)
            {
                (group.Wanted, group.Resuming) = (true, false);
            }

            Changed();
        }
    }

    /// <summary>One group wants a resume.</summary>
    public void Want(string groupId)
    {
        Know(groupId);
        lock (_lock)
        {
            _groups[groupId].Wanted = true;
            Changed();
        }
    }

    /// <summary>Waits until groups want a resume, and takes up to <paramref name="most"/> of them.</summary>
    public async Task<IReadOnlyList<ResumePosition>> TakeWantedAsync(int most, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                var wanted = _groups.Where(group => group.Value.Wanted).Take(most).ToList();
                foreach (var (_, group) in wanted)
                {
                    (group.Wanted, group.Resuming, group.GapWhileResuming) = (false, true, false);
                }

                if (wanted.Count > 0)
                {
                    return wanted.ConvertAll(group => new ResumePosition { GroupId = group.Key, LastSequence = group.Value.Cursor.Last });
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Waits until the messages that a resume replayed have come through, or a gap among them shows that they will not. SignalR hands
    /// out the answer to a call ahead of messages that were sent before it.
    /// </summary>
    public async Task ReachAsync(string groupId, long sequence, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                var group = _groups[groupId];
                if (group.Cursor.Last >= sequence || group.GapWhileResuming)
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>A resume of a group is over. Returns whether something is still missing, and the position.</summary>
    public (bool Behind, long Last) Resumed(string groupId, bool complete)
    {
        lock (_lock)
        {
            var group = _groups[groupId];
            group.Resuming = false;
            group.Told = complete ? null : group.Told;
            return (group.Cursor.IsBehind, group.Cursor.Last);
        }
    }

    /// <summary>Goes on after a gap. True when it is to be reported; false when the same was reported before: a group that was left is asked for at every connection.</summary>
    public bool AcceptGap(string groupId, string code)
    {
        lock (_lock)
        {
            var group = _groups[groupId];
            group.Cursor.AcceptGap();
            var gap = (code, group.Cursor.Last);
            var isNew = group.Told != gap;
            group.Told = gap;
            return isNew;
        }
    }

    /// <summary>The stream for the application. Asking for the next message says that the one before is dealt with.</summary>
    public async IAsyncEnumerable<ChatMessage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var message in _messages.Reader.ReadAllAsync(cancellationToken))
        {
            yield return message;
            lock (_lock)
            {
                _dealtWith[message.GroupId] = message.Sequence;
            }
        }
    }

    /// <summary>No more messages; readers end after those that are queued, with the error if there is one.</summary>
    public void Complete(Exception? error) => _messages.Writer.TryComplete(error);

    /// <inheritdoc/>
    public void Dispose() => _accepting.Dispose();

    private bool IsKnown(string groupId)
    {
        lock (_lock)
        {
            return _groups.ContainsKey(groupId);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Changed()
    {
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    private sealed class Group(long position)
    {
        public GroupCursor Cursor { get; } = new(position);

        public bool Wanted { get; set; }

        public bool Resuming { get; set; }

        public bool GapWhileResuming { get; set; }

        /// <summary>The gap that was reported last: why, and after which sequence. Null once a resume was complete.</summary>
        public (string Code, long After)? Told { get; set; }
    }
}
