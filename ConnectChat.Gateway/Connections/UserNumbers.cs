using BitFaster.Caching.Lru;
using ConnectChat.Contracts.Groups;
using ConnectChat.Gateway.Errors;
using Grpc.Core;
using Microsoft.Extensions.Options;
using GroupsClient = ConnectChat.Contracts.Groups.Groups.GroupsClient;

namespace ConnectChat.Gateway.Connections;

/// <summary>User id → user number, remembered: a number is given once and never changes.</summary>
internal sealed class UserNumbers(GroupsClient groups, IOptions<ConnectionOptions> options)
{
    private readonly ConcurrentLru<string, uint> _numbers = new(Environment.ProcessorCount, options.Value.RememberedUsers, StringComparer.Ordinal);

    /// <summary>The number; refused (<c>unavailable</c>) when Groups does not answer.</summary>
    public async ValueTask<Outcome<uint>> ResolveAsync(string userId, CancellationToken cancellationToken)
    {
        if (_numbers.TryGet(userId, out var known))
        {
            return known;
        }

        try
        {
            var reply = await groups.ResolveUsersAsync(
                new ResolveUsersRequest { UserIds = { userId } }, cancellationToken: cancellationToken);
            var number = reply.UserNumbers.Single();
            _numbers.AddOrUpdate(userId, number);
            return number;
        }
        catch (RpcException exception)
        {
            return Refusal.From(exception);
        }
    }
}
