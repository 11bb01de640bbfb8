using ConnectChat.Contracts;
using ConnectChat.Gateway.SendQueues;

namespace ConnectChat.Gateway.Connections;

/// <summary>One device of one user: its send queue, and per group whether live messages may pass.</summary>
/// <remarks>
/// A group is <em>live</em> (no entry), <em>replaying</em> (live messages are noted, and the first few kept), or <em>just replayed</em> (live messages up
/// to where the replay got are late, and dropped). One lock makes "may it pass" and "queue it" one step, so that a message comes through
/// exactly one of replay and live.
/// </remarks>
internal sealed class ChatConnection(string id, string userId, uint userNumber, ISendQueue sendQueue, int refusalsInARow = int.MaxValue)
{
    /// <summary>
    /// Live messages that are kept during the replay of a group. They are needed only when it cannot be finished: who is no member any more
    /// gets from history nothing of what was said before, though it was meant for him.
    /// </summary>
    private const int MostKept = 32;

    /// <summary>Groups "just replayed" that are remembered; beyond, clients themselves drop what they have seen.</summary>
    private const int MostRemembered = 4_096;

    private readonly Lock _lock = new();
    private Dictionary<string, ReplayState>? _groups;

    /// <summary>SignalR's connection id.</summary>
    public string Id { get; } = id;

    /// <summary>The token's subject.</summary>
    public string UserId { get; } = userId;

    /// <summary>The user's number in recipient sets.</summary>
    public uint UserNumber { get; } = userNumber;

    /// <summary>The frames that wait to be sent to the device.</summary>
    public ISendQueue SendQueue { get; } = sendQueue;

    /// <summary>Its refused calls; at too many in a row it is closed.</summary>
    public Refusals Refusals { get; } = new(refusalsInARow, () => sendQueue.Close(CloseCodes.RefusedCalls));

    /// <summary>A live message. False when it was not queued: noted for the replay, late, or the connection is gone.</summary>
    public bool Deliver(OutboundMessage message, string groupId, long sequence, FrameGathering? gathering)
    {
        lock (_lock)
        {
            if (_groups is not null && _groups.TryGetValue(groupId, out var state))
            {
                if (state.Replaying)
                {
                    if (state.Kept!.Count < MostKept)
                    {
                        state.Kept.Add((sequence, message));
                    }

                    _groups[groupId] = state with { Sequence = Math.Max(state.Sequence, sequence) };
                    return false;
                }

                if (sequence <= state.Sequence)
                {
                    return false;
                }

                // Records of a group come in order: nothing late can follow.
                _groups.Remove(groupId);
            }

            return SendQueue.TryEnqueue(message, gathering);
        }
    }

    /// <summary>Closes the connection after what is queued.</summary>
    public void Close(CloseCode code) => SendQueue.Close(code);

    /// <summary>From now on live messages of the group are only noted.</summary>
    public void BeginReplay(string groupId)
    {
        lock (_lock)
        {
            (_groups ??= [])[groupId] = new ReplayState(0, []);
        }
    }

    /// <summary>The greatest live sequence noted since <see cref="BeginReplay"/>; 0 for none.</summary>
    public long Noted(string groupId)
    {
        lock (_lock)
        {
            return _groups!.GetValueOrDefault(groupId).Sequence;
        }
    }

    /// <summary>Goes live, unless a live message beyond <paramref name="covered"/> was noted: then history has it, read on.</summary>
    public bool TryEndReplay(string groupId, long covered)
    {
        lock (_lock)
        {
            if (_groups!.GetValueOrDefault(groupId).Sequence > covered)
            {
                return false;
            }

            Remember(groupId, covered);
            return true;
        }
    }

    /// <summary>
    /// Goes live with a gap that the answer tells: more to replay, no member, no history. What came live meanwhile follows, as if the replay had
    /// not been asked for.
    /// </summary>
    public void AbandonReplay(string groupId, long covered)
    {
        lock (_lock)
        {
            foreach (var (sequence, message) in _groups!.GetValueOrDefault(groupId).Kept ?? [])
            {
                if (sequence > covered)
                {
                    SendQueue.TryEnqueue(message);
                    covered = sequence;
                }
            }

            Remember(groupId, covered);
        }
    }

    private void Remember(string groupId, long covered)
    {
        _groups!.Remove(groupId);
        if (covered > 0 && _groups.Count < MostRemembered)
        {
            _groups[groupId] = new ReplayState(covered, null);
        }
    }

    // Kept is there while the group is replayed.
    private readonly record struct ReplayState(long Sequence, List<(long Sequence, OutboundMessage Message)>? Kept)
    {
        public bool Replaying => Kept is not null;
    }
}
