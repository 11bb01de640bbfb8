using System.Globalization;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.Groups.Consent;
using ConnectChat.Groups.Membership;
using ConnectChat.Groups.Recipients;
using ConnectChat.Groups.Storage;
using ConnectChat.Groups.Telemetry;
using ConnectChat.Groups.Users;
using ConnectChat.ServiceDefaults.Rpc;
using Google.Protobuf;
using Grpc.Core;
using GroupsBase = ConnectChat.Contracts.Groups.Groups.GroupsBase;

namespace ConnectChat.Groups;

/// <summary>
/// The gRPC surface: checks what comes in, and puts what comes back into messages and statuses. <c>groups.proto</c> says what each call
/// means.
/// </summary>
internal sealed partial class GroupsService(
    GroupStore groups,
    MembershipChanges changes,
    Invitations invitations,
    Blocks blocks,
    RecipientReader recipients,
    UserDirectory users,
    TableOrigin origin,
    PageTokens tokens,
    GroupsTelemetry telemetry) : GroupsBase
{
    public override async Task<Group> CreateGroup(CreateGroupRequest request, ServerCallContext context)
    {
        var actor = Requests.Identifier(request.ActorId, "actor_id");
        var groupId = request.GroupId.Length == 0 ? Guid.CreateVersion7().ToString() : Requests.Identifier(request.GroupId, "group_id");
        var (outcome, group) = await changes.CreateAsync(groupId, Requests.GroupName(request.Name), actor, context.CancellationToken);
        return outcome == ChangeOutcome.Done ? Message(group!) : throw Refusal(outcome);
    }

    public override async Task<Group> GetGroup(GetGroupRequest request, ServerCallContext context) =>
        Message(await MemberOnlyAsync(request.ActorId, request.GroupId, context));

    public override async Task<ChangeMembersReply> AddMembers(ChangeMembersRequest request, ServerCallContext context)
    {
        var (actor, groupId, userIds) = Change(request);
        return Reply(await changes.AddAsync(groupId, actor, userIds, Requests.GivenRole(request.Role), context.CancellationToken));
    }

    public override async Task<ChangeMembersReply> RemoveMembers(ChangeMembersRequest request, ServerCallContext context)
    {
        var (actor, groupId, userIds) = Change(request);
        return request.Role == Role.Unspecified
            ? Reply(await changes.RemoveAsync(groupId, actor, userIds, context.CancellationToken))
            : throw Requests.Malformed("role has no meaning in RemoveMembers.");
    }

    public override async Task<ListMembersReply> ListMembers(ListMembersRequest request, ServerCallContext context)
    {
        var list = $"members {request.GroupId}";
        var limit = Requests.PageSize(request.PageSize);
        var position = Position(list, request.PageToken);
        await MemberOnlyAsync(request.ActorId, request.GroupId, context);
        var after = position is null ? 0 : uint.Parse(position, CultureInfo.InvariantCulture);
        var (members, more) = await groups.ListMembersAsync(request.GroupId, after, limit, context.CancellationToken);
        var reply = new ListMembersReply
        {
            Members =
            {
                from member in members
                select new Member { UserId = member.UserId, UserNumber = member.Number, Role = member.Role, JoinedVersion = member.Joined },
            },
        };
        if (more)
        {
            reply.NextPageToken = tokens.Create(list, members[^1].Number.ToString(CultureInfo.InvariantCulture));
        }

        return reply;
    }

    public override async Task<ListGroupsOfUserReply> ListGroupsOfUser(ListGroupsOfUserRequest request, ServerCallContext context)
    {
        var userId = Requests.Identifier(request.UserId, "user_id");
        var list = $"groups {userId}";
        var limit = Requests.PageSize(request.PageSize);
        (string, uint)? after = Position(list, request.PageToken)?.Split('#') is [var groupId, var number]
            ? (groupId, uint.Parse(number, CultureInfo.InvariantCulture))
            : null;
        var (found, more) = await groups.GroupsOfAsync(userId, after, limit, context.CancellationToken);
        var reply = new ListGroupsOfUserReply
        {
            Groups = { found.Select(group => new MemberOf { GroupId = group.GroupId, Name = group.Name, Role = group.Role, JoinedVersion = group.Joined }) },
        };
        if (more)
        {
            reply.NextPageToken = tokens.Create(list, string.Create(CultureInfo.InvariantCulture, $"{found[^1].GroupId}#{found[^1].Number}"));
        }

        return reply;
    }

    public override async Task<GetRecipientsReply> GetRecipients(GetRecipientsRequest request, ServerCallContext context)
    {
        var groupId = Requests.Identifier(request.GroupId, "group_id");
        var sender = Requests.Identifier(request.SenderId, "sender_id");
        var others = Requests.Users(request.MoreSenderIds, Limits.UsersPerLookup);
        if (request.KnownVersion < 0)
        {
            throw Requests.Malformed("known_version is negative.");
        }

        var (set, fromStore) = await recipients.ReadAsync(groupId, context.CancellationToken);
        if (set is null)
        {
            telemetry.RecipientsRead("group_not_found", groupId, version: 0, count: 0);
            return new GetRecipientsReply { GroupNotFound = true };
        }

        var notModified = set.Version == request.KnownVersion;
        telemetry.RecipientsRead(notModified ? "not_modified" : fromStore ? "read" : "cached", groupId, set.Version, set.Count);
        return new GetRecipientsReply
        {
            NotModified = notModified,
            Version = set.Version,
            Count = set.Count,
            Recipients = notModified ? ByteString.Empty : set.Encoded,
            SenderIsMember = await recipients.ContainsAsync(set, sender, context.CancellationToken),
            MoreMembers = { await recipients.ThoseInAsync(set, others, context.CancellationToken) },
        };
    }

    public override async Task<GetMemberReply> GetMember(GetMemberRequest request, ServerCallContext context)
    {
        var groupId = Requests.Identifier(request.GroupId, "group_id");
        var (group, member) = await groups.FindAsync(groupId, Requests.Identifier(request.UserId, "user_id"), context.CancellationToken);
        return new GetMemberReply
        {
            IsMember = member is not null,
            JoinedVersion = member?.Joined ?? 0,
            Role = member?.Role ?? Role.Unspecified,
            Version = group?.Version ?? 0,
        };
    }

    public override async Task<ResolveUsersReply> ResolveUsers(ResolveUsersRequest request, ServerCallContext context)
    {
        var numbers = await users.ResolveAsync(Requests.Users(request.UserIds, Limits.UsersPerLookup), context.CancellationToken);
        return new ResolveUsersReply
        {
            UserNumbers = { request.UserIds.Select(userId => numbers[userId]) },
            TableId = await origin.IdAsync(context.CancellationToken),
        };
    }

    public override async Task<DescribeUsersReply> DescribeUsers(DescribeUsersRequest request, ServerCallContext context)
    {
        if (request.UserNumbers.Count > Limits.UsersPerLookup)
        {
            throw RpcErrors.Create(StatusCode.InvalidArgument, ErrorCodes.TooManyUsers, $"More than {Limits.UsersPerLookup} users.");
        }

        var found = await users.DescribeAsync([.. request.UserNumbers.Distinct()], context.CancellationToken);
        return new DescribeUsersReply
        {
            Users = { found.OrderBy(user => user.Key).Select(user => new UserDescription { UserNumber = user.Key, UserId = user.Value }) },
        };
    }

    private static (string Actor, string GroupId, HashSet<string> UserIds) Change(ChangeMembersRequest request) => (
        Requests.Identifier(request.ActorId, "actor_id"),
        Requests.Identifier(request.GroupId, "group_id"),
        Requests.Users(request.UserIds, Limits.MembersPerChange));

    private string? Position(string list, string token) =>
        tokens.TryRead(list, token, out var position) ? position : throw Requests.Malformed("page_token is not one that this list gave out.");

    private async Task<GroupState> MemberOnlyAsync(string actorId, string groupId, ServerCallContext context)
    {
        Requests.Identifier(actorId, "actor_id");
        Requests.Identifier(groupId, "group_id");
        var (group, member) = await groups.FindAsync(groupId, actorId, context.CancellationToken);
        return member is not null ? group! : throw Refusal(ChangeOutcome.NotAMember);
    }

    private static Group Message(GroupState group) =>
        new() { GroupId = group.Id, Name = group.Name, OwnerId = group.Owner, Version = group.Version, MemberCount = group.Count };

    private static ChangeMembersReply Reply(ChangeResult result) => result.Outcome == ChangeOutcome.Done
        ? new ChangeMembersReply { Version = result.Version, Changed = result.Changed, MemberCount = result.Count, Declined = { result.Declined ?? [] } }
        : throw Refusal(result.Outcome);

    private static RpcException Refusal(ChangeOutcome outcome) => outcome switch
    {
        ChangeOutcome.NotAMember => RpcErrors.Create(StatusCode.PermissionDenied, ErrorCodes.NotAMember, "Not a member, or no such group."),
        ChangeOutcome.NotAllowed => RpcErrors.Create(StatusCode.PermissionDenied, ErrorCodes.NotAllowed, "The role does not permit this."),
        ChangeOutcome.GroupFull => RpcErrors.Create(StatusCode.ResourceExhausted, ErrorCodes.GroupFull, "The group would have too many members."),
        ChangeOutcome.GroupExists => RpcErrors.Create(StatusCode.AlreadyExists, ErrorCodes.GroupExists, "The group id belongs to another owner."),
        ChangeOutcome.TooManyOwned => RpcErrors.Create(StatusCode.ResourceExhausted, ErrorCodes.QuotaExceeded, "The user owns as many groups as one may own."),
        ChangeOutcome.TooManyNew =>
            RpcErrors.Create(StatusCode.ResourceExhausted, ErrorCodes.RateLimited, "Too many users that nobody has seen before; pause."),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };
}
