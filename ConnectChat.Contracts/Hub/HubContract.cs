using System.Runtime.Serialization;

namespace ConnectChat.Contracts.Hub;

/// <summary>Names on the SignalR hub. The protocol in prose, with its promises: <c>docs/protocol.md</c>.</summary>
public static class HubContract
{
    /// <summary>Path of the hub on a gateway.</summary>
    public const string Path = "/hubs/chat";

    /// <summary>Client → server: <c>SendMessage(groupId, clientMessageId, body)</c> → <see cref="SendReceipt"/>.</summary>
    public const string SendMessage = nameof(SendMessage);

    /// <summary>Client → server: <c>Resume([{groupId, lastSequence}])</c> → <see cref="ResumeResult"/> per group, in the order asked.</summary>
    public const string Resume = nameof(Resume);

    /// <summary>Client → server: <c>GetHistory(groupId, {after} or {before}, limit)</c> → <see cref="HistoryPage"/>.</summary>
    public const string GetHistory = nameof(GetHistory);

    /// <summary>Client → server: <c>GetOutcomes(groupId, [clientMessageId])</c> → <see cref="SendOutcome"/> per id, in the order asked.</summary>
    public const string GetOutcomes = nameof(GetOutcomes);

    /// <summary>Server → client: <c>MessageReceived(ChatMessage)</c>.</summary>
    public const string MessageReceived = nameof(MessageReceived);

    /// <summary>Server → client: <c>MessageRejected(MessageRejection)</c>: an accepted send that was refused afterwards.</summary>
    public const string MessageRejected = nameof(MessageRejected);

    /// <summary>Server → client: <c>Draining(retryAfterMilliseconds)</c>: this gateway closes the connection next; connect elsewhere.</summary>
    public const string Draining = nameof(Draining);

    /// <summary>
    /// Server → client: <c>MessagesMissed(groupId)</c>: the gateway could not read something that was meant for this client; it is in history.
    /// Resume the group, or all groups when it is null.
    /// </summary>
    public const string MessagesMissed = nameof(MessagesMissed);
}

/// <summary>The answer to SendMessage: Kafka has the message on all in-sync replicas, it will be delivered or rejected, never lost.</summary>
[DataContract]
public sealed record SendReceipt
{
    /// <summary>The id that the client chose.</summary>
    [DataMember(Name = "clientMessageId")]
    public required string ClientMessageId { get; init; }

    /// <summary>Milliseconds since the Unix epoch.</summary>
    [DataMember(Name = "acceptedAt")]
    public required long AcceptedAt { get; init; }
}

/// <summary>Up to where a client has seen a group; 0 when nothing yet.</summary>
[DataContract]
public sealed record ResumePosition
{
    /// <summary>The group.</summary>
    [DataMember(Name = "groupId")]
    public required string GroupId { get; init; }

    /// <summary>The greatest sequence up to which the client has everything.</summary>
    [DataMember(Name = "lastSequence")]
    public required long LastSequence { get; init; }
}

/// <summary>What a Resume did for one group. All replayed messages were sent before this answer.</summary>
[DataContract]
public sealed record ResumeResult
{
    /// <summary>The group.</summary>
    [DataMember(Name = "groupId")]
    public required string GroupId { get; init; }

    /// <summary>True: everything the user may see was replayed, live messages follow. False: it was not, <see cref="Code"/> says why.</summary>
    [DataMember(Name = "complete")]
    public required bool Complete { get; init; }

    /// <summary>How many messages were replayed.</summary>
    [DataMember(Name = "replayed")]
    public required int Replayed { get; init; }

    /// <summary>The sequence of the last replayed message, or the position that the client named when there was none.</summary>
    [DataMember(Name = "lastSequence")]
    public required long LastSequence { get; init; }

    /// <summary>Null when complete, otherwise a code of <see cref="ErrorCodes"/> or <see cref="ResumeCodes"/>.</summary>
    [DataMember(Name = "code")]
    public string? Code { get; init; }
}

/// <summary>Why a resume was not complete, beside the codes of <see cref="ErrorCodes"/>.</summary>
public static class ResumeCodes
{
    /// <summary>More messages were missed than one Resume replays: call Resume again from the returned position, or read history.</summary>
    public const string MoreToReplay = "more_to_replay";

    /// <summary>
    /// The position lies beyond the newest message, whose sequence is returned: the history was restored, or the group was made anew. What the
    /// client has of this group is of another history; it starts again from 0.
    /// </summary>
    public const string PositionBeyondNewest = "position_beyond_newest";
}

/// <summary>What became of an accepted send, on whichever device of its sender that is asked.</summary>
[DataContract]
public sealed record SendOutcome
{
    /// <summary>The id that the client chose.</summary>
    [DataMember(Name = "clientMessageId")]
    public required string ClientMessageId { get; init; }

    /// <summary>One of <see cref="SendOutcomes"/>. Delivered and rejected are final.</summary>
    [DataMember(Name = "outcome")]
    public required string Outcome { get; init; }

    /// <summary>Its sequence in the group; null unless it is delivered.</summary>
    [DataMember(Name = "sequence")]
    public long? Sequence { get; init; }

    /// <summary>A code of <see cref="ErrorCodes"/>; null unless it is rejected.</summary>
    [DataMember(Name = "code")]
    public string? Code { get; init; }
}

/// <summary>The values of <see cref="SendOutcome.Outcome"/>.</summary>
public static class SendOutcomes
{
    /// <summary>It has its place in the group, and every member gets it, live or by Resume.</summary>
    public const string Delivered = "delivered";

    /// <summary>Nobody got it, and nobody ever will.</summary>
    public const string Rejected = "rejected";

    /// <summary>
    /// Not decided yet, never accepted, or longer ago than client message ids are kept. An accepted send is decided within moments: ask again.
    /// </summary>
    public const string Unknown = "unknown";
}

/// <summary>Which part of history to read: exactly one of the two is set.</summary>
[DataContract]
public sealed record HistoryPosition
{
    /// <summary>Ascending, messages with a greater sequence.</summary>
    [DataMember(Name = "after")]
    public long? After { get; init; }

    /// <summary>Descending, messages with a smaller sequence; 0 from the newest.</summary>
    [DataMember(Name = "before")]
    public long? Before { get; init; }
}

/// <summary>A page of history, in the order asked for.</summary>
[DataContract]
public sealed record HistoryPage
{
    /// <summary>The messages.</summary>
    [DataMember(Name = "messages")]
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>True when nothing the reader may see lies beyond them.</summary>
    [DataMember(Name = "endOfHistory")]
    public required bool EndOfHistory { get; init; }
}

/// <summary>An accepted send that was refused afterwards; it was delivered to nobody and never will be.</summary>
[DataContract]
public sealed record MessageRejection
{
    /// <summary>The group it was meant for.</summary>
    [DataMember(Name = "groupId")]
    public required string GroupId { get; init; }

    /// <summary>The id that the client chose.</summary>
    [DataMember(Name = "clientMessageId")]
    public required string ClientMessageId { get; init; }

    /// <summary>A code of <see cref="ErrorCodes"/>.</summary>
    [DataMember(Name = "code")]
    public required string Code { get; init; }
}
