using ConnectChat.Contracts.Groups;
using ConnectChat.Contracts.Recipients;
using Google.Protobuf;
using Grpc.Core;
using GroupsBase = ConnectChat.Contracts.Groups.Groups.GroupsBase;

namespace ConnectChat.Tests.Infrastructure.Fakes;

/// <summary>Groups of <see cref="FakeState"/>: whoever is a member may do everything.</summary>
internal sealed class FakeGroups(FakeState state) : GroupsBase
{
    public override async Task<ResolveUsersReply> ResolveUsers(ResolveUsersRequest request, ServerCallContext context)
    {
        if (state.BeforeResolve is { } before)
        {
            await before();
        }

        return new ResolveUsersReply { UserNumbers = { request.UserIds.Select(state.Number) }, TableId = state.Table };
    }

    public override Task<DescribeUsersReply> DescribeUsers(DescribeUsersRequest request, ServerCallContext context) => Task.FromResult(
        new DescribeUsersReply
        {
            Users =
            {
                from number in request.UserNumbers
                let user = state.UserOf(number)
                where user is not null
                select new UserDescription { UserId = user, UserNumber = number },
            },
        });

    public override async Task<GetRecipientsReply> GetRecipients(GetRecipientsRequest request, ServerCallContext context)
    {
        await state.BeforeRecipientsAsync(request.GroupId, context.CancellationToken);
        if (state.Find(request.GroupId) is not { } group)
        {
            return new GetRecipientsReply { GroupNotFound = true };
        }

        var reply = new GetRecipientsReply
        {
            NotModified = request.KnownVersion == group.Version,
            Version = group.Version,
            Count = group.Members.Count,
            SenderIsMember = group.Members.ContainsKey(request.SenderId),
            MoreMembers = { request.MoreSenderIds.Where(group.Members.ContainsKey) },
        };
        if (reply.NotModified)
        {
            state.CountNotModified();
        }
        else
        {
            reply.Recipients = ByteString.CopyFrom(RecipientSet.Encode([.. group.Members.Keys.Select(state.Number).Order()]));
        }

        return reply;
    }

    public override async Task<GetMemberReply> GetMember(GetMemberRequest request, ServerCallContext context)
    {
        var group = state.Find(request.GroupId);
        var reply = group?.Members.GetValueOrDefault(request.UserId) is { } member
            ? new GetMemberReply { IsMember = true, JoinedVersion = member.JoinedVersion, Version = group.Version, Role = member.Role }
            : new GetMemberReply();
        await state.AfterMemberAsync();
        return reply;
    }

    public override Task<Group> CreateGroup(CreateGroupRequest request, ServerCallContext context)
    {
        var id = request.GroupId.Length > 0 ? request.GroupId : Guid.NewGuid().ToString();
        state.Create(id, request.ActorId);
        return Task.FromResult(View(id, state.Find(id)!, request.Name, request.ActorId));
    }

    public override Task<Group> GetGroup(GetGroupRequest request, ServerCallContext context) =>
        Task.FromResult(View(request.GroupId, state.RequireMember(request.GroupId, request.ActorId), "name", "owner"));

    public override Task<ChangeMembersReply> AddMembers(ChangeMembersRequest request, ServerCallContext context)
    {
        state.RequireMember(request.GroupId, request.ActorId);
        state.Join(request.GroupId, [.. request.UserIds]);
        return Task.FromResult(Changed(request.GroupId, request.UserIds.Count));
    }

    public override Task<ChangeMembersReply> RemoveMembers(ChangeMembersRequest request, ServerCallContext context)
    {
        var changed = request.UserIds.Count(state.RequireMember(request.GroupId, request.ActorId).Members.ContainsKey);
        state.Leave(request.GroupId, [.. request.UserIds]);
        return Task.FromResult(Changed(request.GroupId, changed));
    }

    public override Task<ChangeMembersReply> JoinGroup(JoinGroupRequest request, ServerCallContext context)
    {
        state.RequireMember(request.GroupId, request.UserId);
        return Task.FromResult(Changed(request.GroupId, 0));
    }

    public override Task<ListMembersReply> ListMembers(ListMembersRequest request, ServerCallContext context) => Task.FromResult(
        new ListMembersReply
        {
            Members =
            {
                from member in state.RequireMember(request.GroupId, request.ActorId).Members
                let number = state.Number(member.Key)
                orderby number
                select new Member { UserId = member.Key, UserNumber = number, Role = member.Value.Role, JoinedVersion = member.Value.JoinedVersion },
            },
        });

    public override Task<ListGroupsOfUserReply> ListGroupsOfUser(ListGroupsOfUserRequest request, ServerCallContext context) => Task.FromResult(
        new ListGroupsOfUserReply
        {
            Groups =
            {
                from entry in state.Groups
                let member = entry.Value.Members.GetValueOrDefault(request.UserId)
                where member is not null
                select new MemberOf { GroupId = entry.Key, Name = "name", Role = member.Role, JoinedVersion = member.JoinedVersion },
            },
        });

    private static Group View(string id, FakeGroup group, string name, string owner) =>
        new() { GroupId = id, Name = name, OwnerId = owner, Version = group.Version, MemberCount = group.Members.Count };

    private ChangeMembersReply Changed(string id, int changed)
    {
        var group = state.Find(id)!;
        return new ChangeMembersReply { Version = group.Version, Changed = changed, MemberCount = group.Members.Count };
    }
}
