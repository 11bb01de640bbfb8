using System.Globalization;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts;
using ConnectChat.ServiceDefaults.DynamoDb;
using Microsoft.Extensions.Options;

namespace ConnectChat.Groups.Storage;

/// <summary>The one table: its name, its keys and its attributes.</summary>
/// <remarks>
/// <code>
/// G#group  META           name, owner, version, count
/// G#group  M#0000000042   member (user id), number, role, joined, name   also in the index, by member
/// U#user   U              number
/// N#42     N              id
/// COUNTER  USERS          last                                           the last number handed to any instance
/// </code>
/// Every membership change moves META.version by one in the same transaction, on the condition that it still is what the change was
/// planned from. So whoever reads META first and members after it needs no other check: what it read holds if the condition does.
/// </remarks>
internal sealed class GroupsTable(IOptions<TableOptions> options)
{
    public static readonly string Partition = TableSchema.Groups.PartitionKey;
    public static readonly string Sort = TableSchema.Groups.SortKey;
    public const string Version = "version";
    public const string Count = "count";
    public const string GroupName = "name";
    public const string Owner = "owner";
    public static readonly string MemberId = TableSchema.Groups.Indexes[0].PartitionKey;
    public const string Number = "number";
    public const string MemberRole = "role";
    public const string Joined = "joined";
    public const string UserId = "id";
    public const string Last = "last";

    public const string MemberPrefix = "M#";
    public const string GroupPrefix = "G#";

    /// <summary>The index from user to groups: hash <see cref="MemberId"/>, range <see cref="Partition"/>.</summary>
    public static readonly string ByMember = TableSchema.Groups.Indexes[0].Name;

    /// <summary>The table's full name.</summary>
    public string Name { get; } = options.Value.FullName(TableSchema.Groups);

    public static Dictionary<string, AttributeValue> Meta(string groupId) => Key($"{GroupPrefix}{groupId}", "META");

    // Zero-padded, so that the store's order of strings is the order of numbers.
    public static Dictionary<string, AttributeValue> Member(string groupId, uint number) =>
        Key($"{GroupPrefix}{groupId}", string.Create(CultureInfo.InvariantCulture, $"{MemberPrefix}{number:D10}"));

    public static Dictionary<string, AttributeValue> User(string userId) => Key($"U#{userId}", "U");

    public static Dictionary<string, AttributeValue> NumberOf(uint number) =>
        Key(string.Create(CultureInfo.InvariantCulture, $"N#{number}"), "N");

    public static Dictionary<string, AttributeValue> Counter() => Key("COUNTER", "USERS");

    private static Dictionary<string, AttributeValue> Key(string partition, string sort) =>
        new() { [Partition] = Attributes.Text(partition), [Sort] = Attributes.Text(sort) };
}
