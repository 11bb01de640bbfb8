using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts.Groups;
using ConnectChat.Groups.Storage;
using ConnectChat.ServiceDefaults.DynamoDb;

namespace ConnectChat.Groups.Membership;

/// <summary>META of a group.</summary>
/// <param name="Id">Which group.</param>
/// <param name="Name">Its name.</param>
/// <param name="Owner">Its owner.</param>
/// <param name="Version">Its version: the stored one, or the table's floor if that is above.</param>
/// <param name="Count">How many members it has.</param>
/// <param name="Stored">The version in META, which changes are conditional on.</param>
internal sealed record GroupState(string Id, string Name, string Owner, long Version, long Count, long Stored)
{
    /// <summary>One that is about to be created, with its owner as the only member.</summary>
    public static GroupState New(string id, string name, string owner, long version) => new(id, name, owner, version, Count: 1, Stored: version);
}

/// <summary>One member.</summary>
internal sealed record MemberState(string UserId, uint Number, Role Role, long Joined)
{
    /// <summary>From the member's item.</summary>
    public static MemberState Of(Dictionary<string, AttributeValue> item) => new(
        item.Text(GroupsTable.MemberId),
        (uint)item.Number(GroupsTable.Number),
        (Role)item.Number(GroupsTable.MemberRole),
        item.Number(GroupsTable.Joined));
}

/// <summary>A group and one of its users at the same moment. No group: both null; no member: <see cref="Member"/> null.</summary>
internal sealed record GroupAndMember(GroupState? Group, MemberState? Member);

/// <summary>One of a user's groups.</summary>
internal sealed record MembershipState(string GroupId, string Name, uint Number, Role Role, long Joined);
