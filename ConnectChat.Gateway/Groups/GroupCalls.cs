using ConnectChat.Contracts;
using ConnectChat.Gateway.Errors;
using Grpc.Core;
using Microsoft.AspNetCore.Mvc;
using GroupsClient = ConnectChat.Contracts.Groups.Groups.GroupsClient;

namespace ConnectChat.Gateway.Groups;

/// <summary>
/// What all routes of groups share: the client of Groups, the end of a request that nobody waits for any more, and what ids and pages look
/// like.
/// </summary>
internal sealed record GroupCalls([FromServices] GroupsClient Groups, CancellationToken Cancelled)
{
    public const int DefaultPageSize = 100;

    public CallOptions Options => new(cancellationToken: Cancelled);

    public static void ProduceProblems(RouteGroupBuilder routes)
    {
        foreach (var status in new[] { 400, 401, 403, 413, 429, 500, 503 })
        {
            routes.ProducesProblem(status);
        }
    }

    public static void RequireIdentifier(string? id)
    {
        if (!Identifier.IsValid(id))
        {
            throw new RequestException(
                ErrorCodes.MalformedIdentifier, $"An id has 1 to {Limits.IdentifierLength} letters, digits and . _ : @ -, starting with a letter or digit.");
        }
    }

    public static int PageSize(int? asked) => asked switch
    {
        null => DefaultPageSize,
        >= 1 and <= Limits.PageSize => asked.Value,
        _ => throw new RequestException(ErrorCodes.MalformedRequest, $"pageSize is 1 to {Limits.PageSize}."),
    };
}
