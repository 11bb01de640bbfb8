using System.Security.Claims;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Authentication;
using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.History;
using ConnectChat.Gateway.RateLimits;
using Grpc.Core;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using GroupsClient = ConnectChat.Contracts.Groups.Groups.GroupsClient;

namespace ConnectChat.Gateway.Groups;

/// <summary>Groups over REST: a thin, authenticated face of the Groups service, which decides everything.</summary>
internal static class GroupEndpoints
{
    private const int DefaultPageSize = 100;

    public static void MapGroups(this IEndpointRouteBuilder routes)
    {
        var groups = routes.MapGroup("/groups").WithTags("Groups").RequireAuthorization().WithMetadata(new LimitedRequest(IsRead: true));
        foreach (var status in new[] { 400, 401, 403, 413, 429, 500, 503 })
        {
            groups.ProducesProblem(status);
        }

        groups.MapPost("/", CreateAsync).WithSummary("Creates a group with the caller as owner and first member.")
            .WithDescription("With a group id the call may be repeated: the same owner gets the group that exists.").ProducesProblem(409);
        groups.MapGet("/", MineAsync).WithSummary("The caller's groups, a page at a time.");
        groups.MapGet("/{groupId}", GetAsync).WithSummary("A group. Members only.");
        groups.MapGet("/{groupId}/members", MembersAsync).WithSummary("Its members, a page at a time. Members only.");
        groups.MapPost("/{groupId}/members", AddAsync).WithBodyLimit(BodyLimits.Members).WithSummary("Adds members. Owner and administrators only.")
            .WithDescription("Who is a member already changes nothing. When it is answered, the change is in force for every later message.")
            .ProducesProblem(409);
        groups.MapPost("/{groupId}/members/remove", RemoveAsync).WithBodyLimit(BodyLimits.Members).WithSummary("Removes members.")
            .WithDescription(
                "Owner and administrators remove anyone but the owner; a member may remove itself. When it is answered, nothing "
                + "that is said afterwards reaches them; what was said before may still arrive.");
        groups.MapDelete("/{groupId}/members/{userId}", RemoveOneAsync).WithSummary("Removes one member.");
        groups.MapGet("/{groupId}/messages", HistoryAsync).WithSummary("History. Members only.")
            .WithDescription("after=N ascending from N, or before=N descending; not both. Without either, the newest.");
        groups.MapGet("/{groupId}/messages/outcomes", OutcomesAsync).WithSummary("What became of the caller's own accepted sends.")
            .WithDescription(
                $"By clientMessageId, which may be given up to {Limits.OutcomesPerCall} times: delivered with its sequence, rejected with a code, or unknown. "
                + "Membership is not needed.");
    }

    private static async Task<Created<GroupView>> CreateAsync(NewGroup group, ClaimsPrincipal user, [AsParameters] Calls calls)
    {
        if (group.GroupId is { Length: > 0 } id)
        {
            RequireIdentifier(id);
        }

        if (GroupName.Refusal(group.Name) is { } code)
        {
            throw new RequestException(code, GroupName.Rule);
        }

        var request = new CreateGroupRequest { ActorId = user.UserId(), GroupId = group.GroupId ?? "", Name = group.Name };
        var created = await calls.Groups.CreateGroupAsync(request, calls.Options);
        return TypedResults.Created($"/groups/{created.GroupId}", created.ToView());
    }

    private static async Task<Ok<GroupPage>> MineAsync(int? pageSize, string? pageToken, ClaimsPrincipal user, [AsParameters] Calls calls)
    {
        var request = new ListGroupsOfUserRequest { UserId = user.UserId(), PageSize = PageSize(pageSize), PageToken = pageToken ?? "" };
        return TypedResults.Ok((await calls.Groups.ListGroupsOfUserAsync(request, calls.Options)).ToView());
    }

    private static async Task<Ok<GroupView>> GetAsync(string groupId, ClaimsPrincipal user, [AsParameters] Calls calls)
    {
        RequireIdentifier(groupId);
        return TypedResults.Ok((await calls.Groups.GetGroupAsync(new GetGroupRequest { ActorId = user.UserId(), GroupId = groupId }, calls.Options)).ToView());
    }

    private static async Task<Ok<MemberPage>> MembersAsync(string groupId, int? pageSize, string? pageToken, ClaimsPrincipal user, [AsParameters] Calls calls)
    {
        RequireIdentifier(groupId);
        var request = new ListMembersRequest { ActorId = user.UserId(), GroupId = groupId, PageSize = PageSize(pageSize), PageToken = pageToken ?? "" };
        return TypedResults.Ok((await calls.Groups.ListMembersAsync(request, calls.Options)).ToView());
    }

    private static async Task<Ok<MembersChanged>> AddAsync(string groupId, MembersToAdd members, ClaimsPrincipal user, [AsParameters] Calls calls)
    {
        var request = Change(groupId, members.UserIds, user);
        request.Role = members.Role is { } role && Enum.IsDefined(role) ? (Role)role : Role.Member;
        return TypedResults.Ok((await calls.Groups.AddMembersAsync(request, calls.Options)).ToView());
    }

    private static async Task<Ok<MembersChanged>> RemoveAsync(string groupId, MembersToRemove members, ClaimsPrincipal user, [AsParameters] Calls calls) =>
        TypedResults.Ok((await calls.Groups.RemoveMembersAsync(Change(groupId, members.UserIds, user), calls.Options)).ToView());

    private static async Task<Ok<MembersChanged>> RemoveOneAsync(string groupId, string userId, ClaimsPrincipal user, [AsParameters] Calls calls) =>
        TypedResults.Ok((await calls.Groups.RemoveMembersAsync(Change(groupId, [userId], user), calls.Options)).ToView());

    // The page's own limit counts this read as well.
    private static async Task<Ok<HistoryPage>> HistoryAsync(
        string groupId,
        long? after,
        long? before,
        int? limit,
        ClaimsPrincipal user,
        [FromServices] HistoryQueries history,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(
            await history.ReadAsync(user.UserId(), groupId, after, after is null ? before ?? 0 : before, limit ?? DefaultPageSize, cancellationToken));

    private static async Task<Ok<SendOutcome[]>> OutcomesAsync(
        string groupId,
        [FromQuery(Name = "clientMessageId")] string[] clientMessageIds,
        ClaimsPrincipal user,
        [FromServices] OutcomeQueries outcomes,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(await outcomes.FindAsync(user.UserId(), groupId, clientMessageIds, cancellationToken));

    private static ChangeMembersRequest Change(string groupId, IReadOnlyList<string?>? userIds, ClaimsPrincipal user)
    {
        RequireIdentifier(groupId);
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
            RequireIdentifier(userId);
        }

        return new ChangeMembersRequest { ActorId = user.UserId(), GroupId = groupId, UserIds = { userIds } };
    }

    private static void RequireIdentifier(string? id)
    {
        if (!Identifier.IsValid(id))
        {
            throw new RequestException(
                ErrorCodes.MalformedIdentifier, $"An id has 1 to {Limits.IdentifierLength} letters, digits and . _ : @ -, starting with a letter or digit.");
        }
    }

    private static int PageSize(int? asked) => asked switch
    {
        null => DefaultPageSize,
        >= 1 and <= Limits.PageSize => asked.Value,
        _ => throw new RequestException(ErrorCodes.MalformedRequest, $"pageSize is 1 to {Limits.PageSize}."),
    };

    /// <summary>The client of Groups, and the end of a request that nobody waits for any more.</summary>
    internal sealed record Calls([FromServices] GroupsClient Groups, CancellationToken Cancelled)
    {
        public CallOptions Options => new(cancellationToken: Cancelled);
    }
}
