using BitFaster.Caching.Lru;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.Gateway.Errors;
using Grpc.Core;
using Microsoft.Extensions.Options;
using GroupsClient = ConnectChat.Contracts.Groups.Groups.GroupsClient;

namespace ConnectChat.Gateway.Connections;

/// <summary>
/// User id → user number, remembered: a number is given once and never changes. Unless the table of Groups was replaced by a restored copy,
/// which knows nothing of the numbers given since the backup: then the gateway drains and ends, with all that it remembers.
/// </summary>
internal sealed partial class UserNumbers(
    GroupsClient groups, IOptions<ConnectionOptions> options, IHostApplicationLifetime application, ILogger<UserNumbers> logger)
{
    private readonly ConcurrentLru<string, uint> _numbers = new(Environment.ProcessorCount, options.Value.RememberedUsers, StringComparer.Ordinal);
    private string? _table;

    /// <summary>The number; refused (<c>unavailable</c>) when Groups does not answer, or answers from another table than before.</summary>
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
            // A version of Groups that does not tell yet.
            var told = reply.TableId.Length > 0;
            if (told && Interlocked.CompareExchange(ref _table, reply.TableId, null) is { } before && before != reply.TableId)
            {
                LogOtherTable(logger, before, reply.TableId);
                application.StopApplication();
                return new Refusal(ErrorCodes.Unavailable, "The gateway starts anew.");
            }

            var number = reply.UserNumbers.Single();
            _numbers.AddOrUpdate(userId, number);
            return number;
        }
        catch (RpcException exception)
        {
            return Refusal.From(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Groups answers from table {after} and no longer from {before}: the gateway drains, and ends")]
    private static partial void LogOtherTable(ILogger logger, string before, string after);
}
