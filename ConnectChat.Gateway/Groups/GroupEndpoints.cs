using System.Security.Claims;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Authentication;
using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.History;
using ConnectChat.Gateway.RateLimits;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ConnectChat.Gateway.Groups;

/// <summary>Groups over REST: a thin, authenticated face of the Groups service, which decides everything.</summary>
internal static class GroupEndpoints
{
    public static void MapGroups(this IEndpointRouteBuilder routes)
    {
        var groups = routes.MapGroup("/groups").WithTags("Groups").RequireAuthorization().WithMetadata(new LimitedRequest(IsRead: true));
        GroupCalls.ProduceProblems(groups);

        groups.MapPost("/", CreateAsync).WithSummary("Creates a group with the caller as owner and first member.")
            .WithDescription("With a group id the call may be repeated: the same owner gets the group that exists.").ProducesProblem(409);
        groups.MapGet("/", MineAsync).WithSummary("The caller's groups, a page at a time.");
        groups.MapGet("/{groupId}", GetAsync).WithSummary("A group. Members only.");
        groups.MapGet("/{groupId}/members", MembersAsync).WithSummary("Its members, a page at a time. Members only.");
        groups.MapPost("/{groupId}/members", AddAsync).WithBodyLimit(BodyLimits.Members).WithSummary("Adds members. Owner and administrators only.")
            .WithDescription(
                "Who is a member already changes nothing. Who left by itself, or blocks the group or the caller, is named in declined and not added; "
                + "who left is invited. When it is answered, the change is in force for every later message.")
            .ProducesProblem(409);
        groups.MapPost("/{groupId}/members/remove", RemoveAsync).WithBodyLimit(BodyLimits.Members).WithSummary("Removes members.")
            .WithDescription(
                "Owner and administrators remove anyone but the owner; a member may remove itself, and is then in the group again only by its own joining. "
                + "When it is answered, nothing that is said afterwards reaches them; what was said before may still arrive.");
        groups.MapPost("/{groupId}/members/me", JoinAsync).WithSummary("Makes the caller, who left and was invited, a member again.").ProducesProblem(409);
        groups.MapDelete("/{groupId}/members/{userId}", RemoveOneAsync).WithSummary("Removes one member.");
        groups.MapGet("/{groupId}/messages", HistoryAsync).WithSummary("History. Members only.")
            .WithDescription("after=N ascending from N, or before=N descending; not both. Without either, the newest.");
        groups.MapGet("/{groupId}/messages/outcomes", OutcomesAsync).WithSummary("What became of the caller's own accepted sends.")
            .WithDescription(
                $"By clientMessageId, which may be given up to {Limits.OutcomesPerCall} times: delivered with its sequence, rejected with a code, or unknown. "
                + "Membership is not needed.");
    }

    private static async Task<Created<GroupView>> CreateAsync(NewGroup group, ClaimsPrincipal user, [AsParameters] GroupCalls calls)
    {
        if (group.GroupId is { Length: > 0 } id)
        {
            GroupCalls.RequireIdentifier(id);
        }

        if (GroupName.Refusal(group.Name) is { } code)
        {
            throw new RequestException(code, GroupName.Rule);
        }

        var request = new CreateGroupRequest { ActorId = user.UserId(), GroupId = group.GroupId ?? "", Name = group.Name };
        var created = await calls.Groups.CreateGroupAsync(request, calls.Options);
        return TypedResults.Created($"/groups/{created.GroupId}", created.ToView());
    }

    private static async Task<Ok<GroupPage>> MineAsync(int? pageSize, string? pageToken, ClaimsPrincipal user, [AsParameters] GroupCalls calls)
    {
        var request = new ListGroupsOfUserRequest { UserId = user.UserId(), PageSize = GroupCalls.PageSize(pageSize), PageToken = pageToken ?? "" };
        return TypedResults.Ok((await calls.Groups.ListGroupsOfUserAsync(request, calls.Options)).ToView());
    }

    private static async Task<Ok<GroupView>> GetAsync(string groupId, ClaimsPrincipal user, [AsParameters] GroupCalls calls)
    {
        GroupCalls.RequireIdentifier(groupId);
        var request = new GetGroupRequest { ActorId = user.UserId(), GroupId = groupId };
        return TypedResults.Ok((await calls.Groups.GetGroupAsync(request, calls.Options)).ToView());
    }

    private static async Task<Ok<MemberPage>> MembersAsync(
        string groupId, int? pageSize, string? pageToken, ClaimsPrincipal user, [AsParameters] GroupCalls calls)
    {
        GroupCalls.RequireIdentifier(groupId);
        var size = GroupCalls.PageSize(pageSize);
        var request = new ListMembersRequest { ActorId = user.UserId(), GroupId = groupId, PageSize = size, PageToken = pageToken ?? "" };
        return TypedResults.Ok((await calls.Groups.ListMembersAsync(request, calls.Options)).ToView());
    }

    private static async Task<Ok<MembersChanged>> AddAsync(string groupId, MembersToAdd members, ClaimsPrincipal user, [AsParameters] GroupCalls calls)
    {
        var request = Change(groupId, members.UserIds, user);
        request.Role = members.Role is { } role && Enum.IsDefined(role) ? (Role)role : Role.Member;
        return TypedResults.Ok((await calls.Groups.AddMembersAsync(request, calls.Options)).ToView());
    }

    private static async Task<Ok<MembersChanged>> RemoveAsync(string groupId, MembersToRemove members, ClaimsPrincipal user, [AsParameters] GroupCalls calls) =>
        TypedResults.Ok((await calls.Groups.RemoveMembersAsync(Change(groupId, members.UserIds, user), calls.Options)).ToView());

    private static async Task<Ok<MembersChanged>> RemoveOneAsync(string groupId, string userId, ClaimsPrincipal user, [AsParameters] GroupCalls calls) =>
        TypedResults.Ok((await calls.Groups.RemoveMembersAsync(Change(groupId, [userId], user), calls.Options)).ToView());

    private static async Task<Ok<MembersChanged>> JoinAsync(string groupId, ClaimsPrincipal user, [AsParameters] GroupCalls calls)
    {
        GroupCalls.RequireIdentifier(groupId);
        var request = new JoinGroupRequest { UserId = user.UserId(), GroupId = groupId };
        return TypedResults.Ok((await calls.Groups.JoinGroupAsync(request, calls.Options)).ToView());
    }

    // The page's own limit counts this read as well.
    private static async Task<Ok<HistoryPage>> HistoryAsync(
        string groupId,
        long? after,
        long? before,
        int? limit,
        ClaimsPrincipal user,
        [FromServices] HistoryQueries history,
        CancellationToken cancellationToken)
    {
        var start = after is null ? before ?? 0 : before;
        return TypedResults.Ok(await history.ReadAsync(user.UserId(), groupId, after, start, limit ?? GroupCalls.DefaultPageSize, cancellationToken));
    }

    private static async Task<Ok<SendOutcome[]>> OutcomesAsync(
        string groupId,
        [FromQuery(Name = "clientMessageId")] string[] clientMessageIds,
        ClaimsPrincipal user,
        [FromServices] OutcomeQueries outcomes,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(await outcomes.FindAsync(user.UserId(), groupId, clientMessageIds, cancellationToken));

    private static ChangeMembersRequest Change(string groupId, IReadOnlyList<string?>? userIds, ClaimsPrincipal user)
    {
        GroupCalls.RequireIdentifier(groupId);
        if (userIds is null or { Count: 0 })
        {
            throw new RequestException(ErrorCodes.MalformedRequest, "User ids are needed.");
        }

        if (userIds.Count > Limits.MembersPerChange)
        {
            throw new RequestException(ErrorCodes.TooManyUsers, $"At most {Limits.MembersPerChange} users in one call; split it.");
        }

        foreach (var userId in userIds)
        {
            GroupCalls.RequireIdentifier(userId);
        }

        return new ChangeMembersRequest { ActorId = user.UserId(), GroupId = groupId, UserIds = { userIds } };
    }
}
