namespace ConnectChat.Contracts;

/// <summary>Names of the Kafka record headers. Numbers are ASCII decimal, texts UTF-8.</summary>
public static class RecordHeaders
{
    /// <summary>W3C trace context.</summary>
    public const string TraceParent = "traceparent";

    /// <summary>W3C trace state.</summary>
    public const string TraceState = "tracestate";

    /// <summary>Outgoing: the encoded recipient set (<see cref="Recipients.RecipientSet"/>).</summary>
    public const string Recipients = "recipients";

    /// <summary>Outgoing: how many users the set holds.</summary>
    public const string RecipientCount = "recipient-count";

    /// <summary>Outgoing: the id of the message, the same in every re-publish.</summary>
    public const string MessageId = "message-id";

    /// <summary>Outgoing: the version of the group's membership that the set was read at.</summary>
    public const string MembershipVersion = "membership-version";

    /// <summary>Outgoing: the message's sequence in its group, so that a re-publish is recognised without parsing the value.</summary>
    public const string Sequence = "sequence";

    /// <summary>Outgoing: the kind of the event; absent on messages.</summary>
    public const string Kind = "kind";

    /// <summary>Outgoing: the offset on the incoming topic of the record that this one is the outcome of.</summary>
    public const string SourceOffset = "source-offset";

    /// <summary>Dead letter: why the record can never be processed, a stable code.</summary>
    public const string DeadLetterReason = "dead-letter-reason";

    /// <summary>Dead letter: topic, partition and offset the record was read from, as <c>topic:partition:offset</c>.</summary>
    public const string DeadLetterSource = "dead-letter-source";
}
