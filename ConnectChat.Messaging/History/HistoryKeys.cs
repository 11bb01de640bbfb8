using System.Globalization;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts;
using ConnectChat.ServiceDefaults.DynamoDb;

namespace ConnectChat.Messaging.History;

/// <summary>
/// Keys of the history table: one partition per group, with its events by sequence and its owner's mark; and one per client id, so that what
/// retries cost never counts against what one partition can take.
/// </summary>
internal static class HistoryKeys
{
    public static readonly string Partition = TableSchema.History.PartitionKey;
    public static readonly string Sort = TableSchema.History.SortKey;

    /// <summary>Epoch seconds after which DynamoDB may delete the item.</summary>
    public static readonly string ExpiresAt = TableSchema.History.TimeToLive!;

    public static AttributeValue Group(string groupId) => Attributes.Text($"G#{groupId}");

    /// <summary>Padded, so that the order of texts is that of numbers.</summary>
    public static AttributeValue Sequence(long sequence) => Attributes.Text($"S#{sequence.ToString("D19", CultureInfo.InvariantCulture)}");

    /// <summary>The mark of the owner that loaded a group last. Sorts before every sequence.</summary>
    public static Dictionary<string, AttributeValue> Owner(string groupId) => Of(Group(groupId), Attributes.Text("O"));

    /// <summary>What a client id stands for. An identifier has no '#': no two senders and client ids share a key.</summary>
    public static Dictionary<string, AttributeValue> ClientId(string groupId, string senderId, string clientMessageId) =>
        Of(Attributes.Text($"C#{groupId}#{senderId}#{clientMessageId}"), Attributes.Text("C"));

    public static Dictionary<string, AttributeValue> Of(AttributeValue group, AttributeValue sort) => new() { [Partition] = group, [Sort] = sort };
}
