namespace ConnectChat.Messaging.History;

/// <summary>Where the record of a message came from: what tells a redelivery of the same record from a retry of the client.</summary>
/// <param name="Partition">Of the incoming topic.</param>
/// <param name="Offset">In that partition.</param>
internal readonly record struct Source(int Partition, long Offset);

/// <summary>What a client id stands for: an event in history, or a refusal that is final.</summary>
/// <param name="Sequence">The event's place in the group; 0 for a refusal.</param>
/// <param name="Source">The record it came from.</param>
/// <param name="Refusal">The code that its sender was, or is to be, told; null for an event.</param>
internal readonly record struct Judged(long Sequence, Source Source, string? Refusal = null);

/// <summary>What the owner of a partition remembers of one group. Only ever touched by the one runner of that group.</summary>
/// <remarks>It may be behind (another owner wrote meanwhile): the conditional write finds out, then it is loaded again.</remarks>
/// <param name="epoch">What this owner wrote when it loaded the group: no longer there once another owner did.</param>
/// <param name="capacity">So many client ids are remembered.</param>
internal sealed class GroupPosition(string epoch, int capacity)
{
    private readonly Dictionary<(string Sender, string ClientMessageId), Judged> _recent = [];
    private readonly Queue<(string Sender, string ClientMessageId)> _order = [];

    /// <summary>The owner's mark.</summary>
    public string Epoch { get; } = epoch;

    /// <summary>The sequence that the next message gets.</summary>
    public long NextSequence { get; private set; } = 1;

    /// <summary>The version that the last message was stamped with: the next may not have a lower one.</summary>
    public long MembershipVersion { get; private set; }

    /// <summary>The message that a client id already stands for, if it is among the recent ones.</summary>
    public Judged? Find(string senderId, string clientMessageId) =>
        _recent.TryGetValue((senderId, clientMessageId), out var judged) ? judged : null;

    /// <summary>A message was written, or is loaded; ascending by sequence.</summary>
    public void Add(string senderId, string clientMessageId, Judged written, long membershipVersion)
    {
        NextSequence = written.Sequence + 1;
        MembershipVersion = membershipVersion;
        _recent[(senderId, clientMessageId)] = written;
        _order.Enqueue((senderId, clientMessageId));
        if (_order.Count > capacity)
        {
            _recent.Remove(_order.Dequeue());
        }
    }
}
