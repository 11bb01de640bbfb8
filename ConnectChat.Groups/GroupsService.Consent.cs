using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.ServiceDefaults.Rpc;
using Grpc.Core;

namespace ConnectChat.Groups;

/// <summary>What users decide for themselves: joining again, invitations, and whom they block.</summary>
internal sealed partial class GroupsService
{
    public override async Task<ChangeMembersReply> JoinGroup(JoinGroupRequest request, ServerCallContext context) => Reply(await changes.JoinAsync(
        Requests.Identifier(request.GroupId, "group_id"), Requests.Identifier(request.UserId, "user_id"), context.CancellationToken));

    public override async Task<ListInvitationsReply> ListInvitations(ListInvitationsRequest request, ServerCallContext context)
    {
        var userId = Requests.Identifier(request.UserId, "user_id");
        var list = $"invitations {userId}";
        var limit = Requests.PageSize(request.PageSize);
        var (found, more) = await invitations.ListAsync(userId, Position(list, request.PageToken), limit, context.CancellationToken);
        return new ListInvitationsReply
        {
            Invitations =
            {
                from invitation in found
                select new Invitation { GroupId = invitation.GroupId, Name = invitation.Name, InvitedBy = invitation.By, InvitedAtUnixMs = invitation.At },
            },
            NextPageToken = more ? tokens.Create(list, found[^1].GroupId) : "",
        };
    }

    public override async Task<DeclineInvitationReply> DeclineInvitation(DeclineInvitationRequest request, ServerCallContext context)
    {
        await invitations.DeclineAsync(
            Requests.Identifier(request.UserId, "user_id"), Requests.Identifier(request.GroupId, "group_id"), context.CancellationToken);
        return new DeclineInvitationReply();
    }

    public override async Task<BlockReply> Block(BlockRequest request, ServerCallContext context)
    {
        var (userId, blocked, isGroup) = Blocked(request);
        var done = isGroup
            ? await blocks.BlockGroupAsync(userId, blocked, context.CancellationToken)
            : await blocks.BlockUserAsync(userId, blocked, context.CancellationToken);
        return done
            ? new BlockReply()
            : throw RpcErrors.Create(StatusCode.ResourceExhausted, ErrorCodes.QuotaExceeded, "The user blocks as many users and groups as one may block.");
    }

    public override async Task<BlockReply> Unblock(BlockRequest request, ServerCallContext context)
    {
        var (userId, blocked, isGroup) = Blocked(request);
        await (isGroup
            ? blocks.UnblockGroupAsync(userId, blocked, context.CancellationToken)
            : blocks.UnblockUserAsync(userId, blocked, context.CancellationToken));
        return new BlockReply();
    }

    public override async Task<ListBlocksReply> ListBlocks(ListBlocksRequest request, ServerCallContext context)
    {
        var (blockedUsers, blockedGroups) = await blocks.ListAsync(Requests.Identifier(request.UserId, "user_id"), context.CancellationToken);
        return new ListBlocksReply { UserIds = { blockedUsers }, GroupIds = { blockedGroups } };
    }

    private static (string UserId, string Blocked, bool IsGroup) Blocked(BlockRequest request) => (
        Requests.Identifier(request.UserId, "user_id"),
        request.BlockedCase == BlockRequest.BlockedOneofCase.BlockedGroupId
            ? Requests.Identifier(request.BlockedGroupId, "blocked_group_id")
            : Requests.Identifier(request.BlockedUserId, "blocked_user_id"),
        request.BlockedCase == BlockRequest.BlockedOneofCase.BlockedGroupId);
}
