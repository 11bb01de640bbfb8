using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts.Records;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace ConnectChat.Messaging.History;

/// <summary>A message in the table, and back.</summary>
internal static class HistoryItem
{
    public const string MembershipVersion = "Version";
    public const string SourcePartition = "SourcePartition";
    public const string SourceOffset = "SourceOffset";
    public const string Sequence = "Sequence";
    public const string SenderId = "Sender";
    public const string ClientMessageId = "ClientMessageId";

    private const string MessageId = "MessageId";
    private const string Body = "Body";
    private const string SentAt = "SentAt";

    // What an event of another kind than a message says, as the bytes of its google.protobuf.Any.
    private const string Extension = "Extension";

    public static Dictionary<string, AttributeValue> From(OutgoingEvent message, Source source)
    {
        var item = Common(message, source);
        if (message.EventCase == OutgoingEvent.EventOneofCase.Extension)
        {
            item[Extension] = new AttributeValue { B = new MemoryStream(message.Extension.ToByteArray()) };
        }
        else
        {
            item[Body] = new AttributeValue(message.Body);
        }

        return item;
    }

    private static Dictionary<string, AttributeValue> Common(OutgoingEvent message, Source source) => new()
    {
        [HistoryKeys.Partition] = HistoryKeys.Group(message.GroupId),
        [HistoryKeys.Sort] = HistoryKeys.Sequence(message.Sequence),
        [Sequence] = HistoryKeys.Number(message.Sequence),
        [MessageId] = new(message.MessageId),
        [SenderId] = new(message.SenderId),
        [ClientMessageId] = new(message.ClientMessageId),
        [SentAt] = HistoryKeys.Number(message.SentAtUnixMs),
        [MembershipVersion] = HistoryKeys.Number(message.MembershipVersion),
        [SourcePartition] = HistoryKeys.Number(source.Partition),
        [SourceOffset] = HistoryKeys.Number(source.Offset),
    };

    public static OutgoingEvent ToMessage(string groupId, Dictionary<string, AttributeValue> item)
    {
        var outgoing = Common(groupId, item);
        if (item.TryGetValue(Extension, out var extension))
        {
            outgoing.Extension = Any.Parser.ParseFrom(extension.B);
        }
        else
        {
            outgoing.Body = item[Body].S;
        }

        return outgoing;
    }

    private static OutgoingEvent Common(string groupId, Dictionary<string, AttributeValue> item) => new()
    {
        GroupId = groupId,
        Sequence = item[Sequence].ToNumber(),
        MessageId = item[MessageId].S,
        SenderId = item[SenderId].S,
        ClientMessageId = item[ClientMessageId].S,
        SentAtUnixMs = item[SentAt].ToNumber(),
        MembershipVersion = item[MembershipVersion].ToNumber(),
    };

    public static Written ToWritten(Dictionary<string, AttributeValue> item) => new(
        item[Sequence].ToNumber(), new Source((int)item[SourcePartition].ToNumber(), item[SourceOffset].ToNumber()));
}
