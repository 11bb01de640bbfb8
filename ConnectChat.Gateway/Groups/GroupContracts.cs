using System.Text.Json.Serialization;
using ConnectChat.Contracts.Groups;

namespace ConnectChat.Gateway.Groups;

/// <summary>A new group.</summary>
/// <param name="GroupId">Chosen by the caller, so that a retry makes no second group; absent: the service chooses.</param>
/// <param name="Name">1 to 128 characters.</param>
public sealed record NewGroup(string? GroupId, string? Name);

/// <summary>A group.</summary>
/// <param name="GroupId">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="OwnerId">Who created it.</param>
/// <param name="Version">Moves by one with every membership change.</param>
/// <param name="MemberCount">How many members it has.</param>
public sealed record GroupView(string GroupId, string Name, string OwnerId, long Version, long MemberCount);

/// <summary>What a member may do.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MemberRole>))]
public enum MemberRole
{
    /// <summary>Sends and receives.</summary>
    Member = 1,

    /// <summary>Also adds and removes members.</summary>
    Administrator = 2,

    /// <summary>Also makes administrators.</summary>
    Owner = 3,
}

/// <summary>Users to add.</summary>
/// <param name="UserIds">1 to 1,000 user ids.</param>
/// <param name="Role">Member when absent; only the owner makes administrators.</param>
public sealed record MembersToAdd(IReadOnlyList<string?>? UserIds, MemberRole? Role);

/// <summary>Users to remove.</summary>
/// <param name="UserIds">1 to 1,000 user ids.</param>
public sealed record MembersToRemove(IReadOnlyList<string?>? UserIds);

/// <summary>What a change of members did. When it is answered, it is in force.</summary>
/// <param name="Version">The group's version after it.</param>
/// <param name="Changed">How many users were really added or removed.</param>
/// <param name="MemberCount">How many members the group has now.</param>
/// <param name="Declined">Users that an add did not make members: they left the group by themselves, or block it or the caller.</param>
public sealed record MembersChanged(long Version, int Changed, long MemberCount, IReadOnlyList<string> Declined);

/// <summary>One member.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Role">What it may do.</param>
/// <param name="JoinedVersion">The group's version when it joined; it sees messages from there on.</param>
public sealed record MemberView(string UserId, MemberRole Role, long JoinedVersion);

/// <summary>A page of members.</summary>
/// <param name="Members">The members.</param>
/// <param name="NextPageToken">For the next page; absent on the last.</param>
public sealed record MemberPage(IReadOnlyList<MemberView> Members, string? NextPageToken);

/// <summary>A group of the caller's.</summary>
/// <param name="GroupId">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Role">What the caller may do in it.</param>
/// <param name="JoinedVersion">The group's version when the caller joined.</param>
public sealed record MyGroup(string GroupId, string Name, MemberRole Role, long JoinedVersion);

/// <summary>A page of groups.</summary>
/// <param name="Groups">The groups.</param>
/// <param name="NextPageToken">For the next page; absent on the last.</param>
public sealed record GroupPage(IReadOnlyList<MyGroup> Groups, string? NextPageToken);

/// <summary>An invitation to a group that the caller had left.</summary>
/// <param name="GroupId">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="InvitedBy">Who invited last.</param>
/// <param name="InvitedAt">When, milliseconds since the Unix epoch.</param>
public sealed record InvitationView(string GroupId, string Name, string InvitedBy, long InvitedAt);

/// <summary>A page of invitations.</summary>
/// <param name="Invitations">The invitations.</param>
/// <param name="NextPageToken">For the next page; absent on the last.</param>
public sealed record InvitationPage(IReadOnlyList<InvitationView> Invitations, string? NextPageToken);

/// <summary>Whom the caller blocks.</summary>
/// <param name="UserIds">Users who cannot add the caller to a group.</param>
/// <param name="GroupIds">Groups that nobody can add the caller to.</param>
public sealed record BlocksView(IReadOnlyList<string> UserIds, IReadOnlyList<string> GroupIds);

internal static class GroupContractMapping
{
    public static GroupView ToView(this Group group) => new(group.GroupId, group.Name, group.OwnerId, group.Version, group.MemberCount);

    public static MembersChanged ToView(this ChangeMembersReply reply) => new(reply.Version, reply.Changed, reply.MemberCount, reply.Declined);

    public static MemberPage ToView(this ListMembersReply reply) =>
        new([.. reply.Members.Select(member => new MemberView(member.UserId, (MemberRole)member.Role, member.JoinedVersion))], Token(reply.NextPageToken));

    public static GroupPage ToView(this ListGroupsOfUserReply reply) =>
        new([.. reply.Groups.Select(group => new MyGroup(group.GroupId, group.Name, (MemberRole)group.Role, group.JoinedVersion))], Token(reply.NextPageToken));

    public static InvitationPage ToView(this ListInvitationsReply reply) => new(
        [
            .. reply.Invitations.Select(invitation =>
                new InvitationView(invitation.GroupId, invitation.Name, invitation.InvitedBy, invitation.InvitedAtUnixMs)),
        ],
        Token(reply.NextPageToken));

    public static BlocksView ToView(this ListBlocksReply reply) => new(reply.UserIds, reply.GroupIds);

    private static string? Token(string token) => token.Length == 0 ? null : token;
}
