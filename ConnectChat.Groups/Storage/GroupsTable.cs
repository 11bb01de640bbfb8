using System.Globalization;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts;
using ConnectChat.ServiceDefaults.DynamoDb;
using Microsoft.Extensions.Options;

namespace ConnectChat.Groups.Storage;

/// <summary>The one table: its name, its keys and its attributes.</summary>
/// <remarks>
/// <code>
/// G#group  META              name, owner, version, count
/// G#group  M#0000000042      member (user id), number, role, joined, name   also in the index, by member
/// G#group  LEFT#0000000042   number, id         who left by itself: others invite it, and do not add it
/// U#user   U                 number
/// U#user   INVITE#group      name, by, at       an invitation; gone when it is accepted, declined or taken back
/// U#user   BLOCK#U#user                         who may not add this user
/// U#user   BLOCK#G#group                        where nobody may add this user
/// U#user   BLOCKS            count              how many of these there are
/// N#42     N                 id
/// COUNTER  USERS             last, table, floor the last number handed to any instance; TableOrigin has the others
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
    public const string TableId = "table";
    public const string Floor = "floor";
    public const string InvitedBy = "by";
    public const string InvitedAt = "at";

    public const string MemberPrefix = "M#";
    public const string LeftPrefix = "LEFT#";
    public const string GroupPrefix = "G#";
    public const string UserPrefix = "U#";
    public const string InvitationPrefix = "INVITE#";
    public const string BlockPrefix = "BLOCK#";
    public const string BlockedUserPrefix = "BLOCK#U#";
    public const string BlockedGroupPrefix = "BLOCK#G#";

    /// <summary>The index from user to groups: hash <see cref="MemberId"/>, range <see cref="Partition"/>.</summary>
    public static readonly string ByMember = TableSchema.Groups.Indexes[0].Name;

    /// <summary>The table's full name.</summary>
    public string Name { get; } = options.Value.FullName(TableSchema.Groups);

    public static Dictionary<string, AttributeValue> Meta(string groupId) => Key($"{GroupPrefix}{groupId}", "META");

    // Zero-padded, so that the store's order of strings is the order of numbers.
    public static Dictionary<string, AttributeValue> Member(string groupId, uint number) =>
        Key($"{GroupPrefix}{groupId}", string.Create(CultureInfo.InvariantCulture, $"{MemberPrefix}{number:D10}"));

    public static Dictionary<string, AttributeValue> Left(string groupId, uint number) =>
        Key($"{GroupPrefix}{groupId}", string.Create(CultureInfo.InvariantCulture, $"{LeftPrefix}{number:D10}"));

    public static Dictionary<string, AttributeValue> User(string userId) => Key($"{UserPrefix}{userId}", "U");

    public static Dictionary<string, AttributeValue> Invitation(string userId, string groupId) =>
        Key($"{UserPrefix}{userId}", $"{InvitationPrefix}{groupId}");

    public static Dictionary<string, AttributeValue> BlockedUser(string userId, string blocked) =>
        Key($"{UserPrefix}{userId}", $"{BlockedUserPrefix}{blocked}");

    public static Dictionary<string, AttributeValue> BlockedGroup(string userId, string groupId) =>
        Key($"{UserPrefix}{userId}", $"{BlockedGroupPrefix}{groupId}");

    public static Dictionary<string, AttributeValue> BlockCount(string userId) => Key($"{UserPrefix}{userId}", "BLOCKS");

    public static Dictionary<string, AttributeValue> NumberOf(uint number) =>
        Key(string.Create(CultureInfo.InvariantCulture, $"N#{number}"), "N");

    public static Dictionary<string, AttributeValue> Counter() => Key("COUNTER", "USERS");

    private static Dictionary<string, AttributeValue> Key(string partition, string sort) =>
        new() { [Partition] = Attributes.Text(partition), [Sort] = Attributes.Text(sort) };
}
