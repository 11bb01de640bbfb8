using System.Security.Claims;
using ConnectChat.Contracts.Groups;
using ConnectChat.Gateway.Authentication;
using ConnectChat.Gateway.RateLimits;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ConnectChat.Gateway.Groups;

/// <summary>What users decide for themselves over REST: whom they block, and which invitations they do not take.</summary>
internal static class MyEndpoints
{
    public static void MapMine(this IEndpointRouteBuilder routes)
    {
        var mine = routes.MapGroup("/me").WithTags("Me").RequireAuthorization().WithMetadata(new LimitedRequest(IsRead: true));
        GroupCalls.ProduceProblems(mine);

        mine.MapGet("/invitations", InvitationsAsync).WithSummary("Groups that the caller left and is invited to, a page at a time.")
            .WithDescription("Taken with POST /groups/{groupId}/members/me.");
        mine.MapDelete("/invitations/{groupId}", DeclineAsync).WithSummary("Declines an invitation. The group may invite again unless it is blocked.");
        mine.MapGet("/blocks", BlocksAsync).WithSummary("Whom the caller blocks.");
        mine.MapPut("/blocks/users/{userId}", BlockUserAsync).WithSummary("Blocks a user, who then cannot add the caller to a group.")
            .WithDescription("It ends no membership and hides no message.").ProducesProblem(409);
        mine.MapPut("/blocks/groups/{groupId}", BlockGroupAsync).WithSummary("Blocks a group, which nobody can then add the caller to.")
            .WithDescription("It ends no membership and hides no message; an invitation of the group is taken away.").ProducesProblem(409);
        mine.MapDelete("/blocks/users/{userId}", UnblockUserAsync).WithSummary("Blocks a user no longer.");
        mine.MapDelete("/blocks/groups/{groupId}", UnblockGroupAsync).WithSummary("Blocks a group no longer.");
    }

    private static async Task<Ok<InvitationPage>> InvitationsAsync(
        int? pageSize, string? pageToken, ClaimsPrincipal user, [AsParameters] GroupCalls calls)
    {
        var request = new ListInvitationsRequest { UserId = user.UserId(), PageSize = GroupCalls.PageSize(pageSize), PageToken = pageToken ?? "" };
        return TypedResults.Ok((await calls.Groups.ListInvitationsAsync(request, calls.Options)).ToView());
    }

    private static async Task<NoContent> DeclineAsync(string groupId, ClaimsPrincipal user, [AsParameters] GroupCalls calls)
    {
        GroupCalls.RequireIdentifier(groupId);
        await calls.Groups.DeclineInvitationAsync(new DeclineInvitationRequest { UserId = user.UserId(), GroupId = groupId }, calls.Options);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<BlocksView>> BlocksAsync(ClaimsPrincipal user, [AsParameters] GroupCalls calls) =>
        TypedResults.Ok((await calls.Groups.ListBlocksAsync(new ListBlocksRequest { UserId = user.UserId() }, calls.Options)).ToView());

    private static async Task<NoContent> BlockUserAsync(string userId, ClaimsPrincipal user, [AsParameters] GroupCalls calls)
    {
        await calls.Groups.BlockAsync(OfUser(userId, user), calls.Options);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> BlockGroupAsync(string groupId, ClaimsPrincipal user, [AsParameters] GroupCalls calls)
    {
        await calls.Groups.BlockAsync(OfGroup(groupId, user), calls.Options);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> UnblockUserAsync(string userId, ClaimsPrincipal user, [AsParameters] GroupCalls calls)
    {
        await calls.Groups.UnblockAsync(OfUser(userId, user), calls.Options);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> UnblockGroupAsync(string groupId, ClaimsPrincipal user, [AsParameters] GroupCalls calls)
    {
        await calls.Groups.UnblockAsync(OfGroup(groupId, user), calls.Options);
        return TypedResults.NoContent();
    }

    private static BlockRequest OfUser(string blocked, ClaimsPrincipal user)
    {
        GroupCalls.RequireIdentifier(blocked);
        return new BlockRequest { UserId = user.UserId(), BlockedUserId = blocked };
    }

    private static BlockRequest OfGroup(string blocked, ClaimsPrincipal user)
    {
        GroupCalls.RequireIdentifier(blocked);
        return new BlockRequest { UserId = user.UserId(), BlockedGroupId = blocked };
    }
}
