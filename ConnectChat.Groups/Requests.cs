using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.ServiceDefaults.Rpc;
using Grpc.Core;

namespace ConnectChat.Groups;

/// <summary>What a request must look like. Each check returns the value to go on with, or throws the error for the caller.</summary>
internal static class Requests
{
    private const int DefaultPage = 100;

    public static string Identifier(string value, string field) => Contracts.Identifier.IsValid(value)
        ? value
        : throw RpcErrors.Create(StatusCode.InvalidArgument, ErrorCodes.MalformedIdentifier, $"{field} is missing or not an identifier.");

    public static string GroupName(string value) => Contracts.GroupName.Refusal(value) is { } code
        ? throw RpcErrors.Create(StatusCode.InvalidArgument, code, Contracts.GroupName.Rule)
        : value;

    public static HashSet<string> Users(IReadOnlyCollection<string> userIds, int most)
    {
        if (userIds.Count > most)
        {
            throw RpcErrors.Create(StatusCode.InvalidArgument, ErrorCodes.TooManyUsers, $"More than {most} users.");
        }

        var distinct = new HashSet<string>(userIds.Count, StringComparer.Ordinal);
        foreach (var userId in userIds)
        {
            distinct.Add(Identifier(userId, "user_ids"));
        }

        return distinct;
    }

    public static int PageSize(int value) => value switch
    {
        < 0 => throw Malformed("page_size is negative."),
        0 => DefaultPage,
        _ => Math.Min(value, Limits.PageSize),
    };

    /// <summary>A role that AddMembers may give; there is one owner, from the start.</summary>
    public static Role GivenRole(Role value) => value is Role.Unspecified or Role.Member or Role.Administrator
        ? value
        : throw Malformed("role is neither MEMBER nor ADMINISTRATOR.");

    public static RpcException Malformed(string detail) => RpcErrors.Create(StatusCode.InvalidArgument, ErrorCodes.MalformedRequest, detail);
}
