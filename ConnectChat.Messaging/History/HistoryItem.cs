using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts.Records;
using ConnectChat.ServiceDefaults.DynamoDb;
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
            item[Extension] = Attributes.Binary(message.Extension.ToByteArray());
        }
        else
        {
            item[Body] = Attributes.Text(message.Body);
        }

        return item;
    }

    private static Dictionary<string, AttributeValue> Common(OutgoingEvent message, Source source) => new()
    {
        [HistoryKeys.Partition] = HistoryKeys.Group(message.GroupId),
        [HistoryKeys.Sort] = HistoryKeys.Sequence(message.Sequence),
        [Sequence] = Attributes.Number(message.Sequence),
        [MessageId] = Attributes.Text(message.MessageId),
        [SenderId] = Attributes.Text(message.SenderId),
        [ClientMessageId] = Attributes.Text(message.ClientMessageId),
        [SentAt] = Attributes.Number(message.SentAtUnixMs),
        [MembershipVersion] = Attributes.Number(message.MembershipVersion),
        [SourcePartition] = Attributes.Number(source.Partition),
        [SourceOffset] = Attributes.Number(source.Offset),
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
            outgoing.Body = item.Text(Body);
        }

        return outgoing;
    }

    private static OutgoingEvent Common(string groupId, Dictionary<string, AttributeValue> item) => new()
    {
        GroupId = groupId,
        Sequence = item.Number(Sequence),
        MessageId = item.Text(MessageId),
        SenderId = item.Text(SenderId),
        ClientMessageId = item.Text(ClientMessageId),
        SentAtUnixMs = item.Number(SentAt),
        MembershipVersion = item.Number(MembershipVersion),
    };

    public static Written ToWritten(Dictionary<string, AttributeValue> item) => new(
        item.Number(Sequence), new Source((int)item.Number(SourcePartition), item.Number(SourceOffset)));
}
