using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts.Records;
using ConnectChat.Messaging.Processing;

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

    public static Dictionary<string, AttributeValue> From(OutgoingMessage message, Source source) => new()
    {
        [HistoryKeys.Partition] = HistoryKeys.Group(message.GroupId),
        [HistoryKeys.Sort] = HistoryKeys.Sequence(message.Sequence),
        [Sequence] = HistoryKeys.Number(message.Sequence),
        [MessageId] = new(message.MessageId),
        [SenderId] = new(message.SenderId),
        [ClientMessageId] = new(message.ClientMessageId),
        [Body] = new(message.Body),
        [SentAt] = HistoryKeys.Number(message.SentAtUnixMs),
        [MembershipVersion] = HistoryKeys.Number(message.MembershipVersion),
        [SourcePartition] = HistoryKeys.Number(source.Partition),
        [SourceOffset] = HistoryKeys.Number(source.Offset),
    };

    public static OutgoingMessage ToMessage(string groupId, Dictionary<string, AttributeValue> item) => new()
    {
        GroupId = groupId,
        Sequence = item[Sequence].ToNumber(),
        MessageId = item[MessageId].S,
        SenderId = item[SenderId].S,
        ClientMessageId = item[ClientMessageId].S,
        Body = item[Body].S,
        SentAtUnixMs = item[SentAt].ToNumber(),
        MembershipVersion = item[MembershipVersion].ToNumber(),
    };

    public static Written ToWritten(Dictionary<string, AttributeValue> item) => new(
        item[Sequence].ToNumber(), new Source((int)item[SourcePartition].ToNumber(), item[SourceOffset].ToNumber()));
}
