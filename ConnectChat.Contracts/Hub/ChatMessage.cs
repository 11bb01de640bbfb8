using System.Runtime.Serialization;

namespace ConnectChat.Contracts.Hub;

/// <summary>A message as a client sees it: the argument of <c>MessageReceived</c> and the rows of history.</summary>
/// <remarks>
/// The same names in JSON and MessagePack. A client that has seen everything up to <c>last</c> takes a message when
/// <c>previousSequence &lt;= last &lt; sequence</c>, drops it when <c>sequence &lt;= last</c>, and otherwise has a gap and calls Resume.
/// </remarks>
[DataContract]
public sealed record ChatMessage
{
    /// <summary>The group it was sent to.</summary>
    [DataMember(Name = "groupId")]
    public required string GroupId { get; init; }

    /// <summary>Its place in the group: 1, 2, 3 … without a gap, the same for every member.</summary>
    [DataMember(Name = "sequence")]
    public required long Sequence { get; init; }

    /// <summary>
    /// The sequence of the message before it for this reader: <c>sequence - 1</c> when live. In a replay it links the messages that
    /// the reader may see, starting from the position that the client named.
    /// </summary>
    [DataMember(Name = "previousSequence")]
    public required long PreviousSequence { get; init; }

    /// <summary>Unique; the same in every retry.</summary>
    [DataMember(Name = "messageId")]
    public required string MessageId { get; init; }

    /// <summary>The user who sent it.</summary>
    [DataMember(Name = "senderId")]
    public required string SenderId { get; init; }

    /// <summary>The id that the sender's client chose.</summary>
    [DataMember(Name = "clientMessageId")]
    public required string ClientMessageId { get; init; }

    /// <summary>The text, 1 to 65,536 bytes of UTF-8.</summary>
    [DataMember(Name = "body")]
    public required string Body { get; init; }

    /// <summary>When a gateway accepted it, milliseconds since the Unix epoch.</summary>
    [DataMember(Name = "sentAt")]
    public required long SentAt { get; init; }

    /// <summary>The version of the group's membership that its recipients were taken from.</summary>
    [DataMember(Name = "membershipVersion")]
    public required long MembershipVersion { get; init; }
}
