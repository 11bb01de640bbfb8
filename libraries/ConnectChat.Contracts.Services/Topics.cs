namespace ConnectChat.Contracts;

/// <summary>The Kafka topics of the product. Their names are part of the contract; partition counts are configuration.</summary>
public static class Topics
{
    /// <summary>Messages that a gateway accepted, keyed by group id, read by the shared consumer group of Messaging.</summary>
    public const string Incoming = "group_incoming_messages";

    /// <summary>One record per message with its complete recipient set, keyed by group id, read in full by every gateway.</summary>
    public const string Outgoing = "group_outgoing_messages";

    /// <summary>Incoming records that can never be processed, with the reason in the header <see cref="RecordHeaders.DeadLetterReason"/>.</summary>
    public const string DeadLetter = "group_incoming_messages.dead_letter";
}
