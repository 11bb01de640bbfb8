using System.Globalization;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts;
using ConnectChat.ServiceDefaults.DynamoDb;

namespace ConnectChat.Messaging.History;

/// <summary>Keys of the history table: one partition per group, messages by sequence, client ids beside them.</summary>
internal static class HistoryKeys
{
    public static readonly string Partition = TableSchema.History.PartitionKey;
    public static readonly string Sort = TableSchema.History.SortKey;

    /// <summary>Epoch seconds after which DynamoDB may delete the item.</summary>
    public static readonly string ExpiresAt = TableSchema.History.TimeToLive!;

    public static AttributeValue Group(string groupId) => Attributes.Text($"G#{groupId}");

    /// <summary>Padded, so that the order of texts is that of numbers.</summary>
    public static AttributeValue Sequence(long sequence) => Attributes.Text($"S#{sequence.ToString("D19", CultureInfo.InvariantCulture)}");

    // An identifier has no '#': no two senders and client ids share a key.
    public static AttributeValue ClientId(string senderId, string clientMessageId) => Attributes.Text($"C#{senderId}#{clientMessageId}");

    public static Dictionary<string, AttributeValue> Of(AttributeValue group, AttributeValue sort) => new() { [Partition] = group, [Sort] = sort };
}
