using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts;
using ConnectChat.ServiceDefaults;
using ConnectChat.ServiceDefaults.DynamoDb;
using ConnectChat.ServiceDefaults.Rpc;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace ConnectChat.Groups.Storage;

/// <summary>
/// Knows whether the table is the one that it was, or a copy of what it was once: restored from a backup (decision 0018). DynamoDB only
/// restores to a new table, which has an id of its own, and the counter of user numbers holds the id of the table that it counts for. A copy
/// is not used before an operator said so. Then the counter leaves out more numbers than can have been given since the backup, and no
/// version of a group is below a floor that is above all that there were.
/// </summary>
internal sealed partial class TableOrigin(
    IAmazonDynamoDB store,
    GroupsTable table,
    IOptions<GroupsOptions> options,
    IHostApplicationLifetime application,
    TimeProvider clock,
    ILogger<TableOrigin> logger) : ITableInspection
{
    /// <summary>How many numbers a restore leaves out: 255 restores use up all there are.</summary>
    public const long LeftOut = 1 << 24;

    // Seconds since 1970 times this: no group changes a million times a second, so its versions stay below those of any later restore, and
    // until the year 2242 they are numbers that JavaScript tells apart.
    private const int VersionsPerSecond = 1 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly TaskCompletionSource<long> _floor = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _refused;
    private volatile string _id = "";

    /// <summary>No group has a version below this one.</summary>
    /// <exception cref="RpcException">Unavailable: the table was restored, and nobody has said yet that it may be used.</exception>
    /// <exception cref="TimeoutException">The store did not answer yet.</exception>
    public ValueTask<long> VersionFloorAsync(CancellationToken cancellationToken) =>
        _floor.Task.IsCompletedSuccessfully ? new(_floor.Task.Result)
        : _refused is { } refused ? throw RpcErrors.Create(StatusCode.Unavailable, ErrorCodes.Unavailable, refused)
        : new(_floor.Task.WaitAsync(Patience, clock, cancellationToken));

    /// <summary>The id of the table that may be used.</summary>
    /// <inheritdoc cref="VersionFloorAsync" path="/exception"/>
    public async ValueTask<string> IdAsync(CancellationToken cancellationToken)
    {
        await VersionFloorAsync(cancellationToken);
        return _id;
    }

    /// <summary>Makes sure that the table is still the one that may be used. If not, what this instance remembers is no longer true, and it ends.</summary>
    /// <exception cref="TimeoutException">It is another one.</exception>
    public async Task RequireSameAsync(CancellationToken cancellationToken)
    {
        var id = await IdAsync(cancellationToken);
        if ((await store.DescribeTableAsync(table.Name, cancellationToken)).Table.TableId != id)
        {
            throw Replaced();
        }
    }

    /// <summary>As <see cref="RequireSameAsync"/>, for whoever only wants to know later when the store does not answer.</summary>
    public async Task EndIfReplacedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RequireSameAsync(cancellationToken);
        }
        catch (Exception exception) when (DependencyFailures.IsTransient(exception) && !cancellationToken.IsCancellationRequested)
        {
            // Health says that the store does not answer, or that the table may not be used.
        }
    }

    /// <summary>The table is another one: what this instance remembers is no longer true, and it ends.</summary>
    public TimeoutException Replaced()
    {
        LogReplaced(logger, table.Name);
        application.StopApplication();
        return new TimeoutException("The table was replaced.");
    }

    /// <inheritdoc/>
    public async Task<string?> InspectAsync(TableDescription table, CancellationToken cancellationToken)
    {
        var counter = await CounterAsync(cancellationToken);
        var counted = counter.GetValueOrDefault(GroupsTable.TableId)?.S;
        if (counted != table.TableId)
        {
            // A counter that was there before counters held ids is trusted, unless the store itself says that the table was restored.
            var restored = counted is not null || table.RestoreSummary is not null;
            if (restored && options.Value.RestoredTable != table.TableId)
            {
                return _refused = "it was restored from a backup, so whoever was removed from a group since is a member again. "
                    + $"To use it, set Groups:RestoredTable={table.TableId}; docs/deploy.md says what to look at before.";
            }

            await TakeAsync(table.TableId, counter, restored, cancellationToken);
            counter = await CounterAsync(cancellationToken);
        }

        (_id, _refused) = (table.TableId, null);
        _floor.TrySetResult(Floor(counter));
        return null;
    }

    private static long Floor(Dictionary<string, AttributeValue> counter) => counter.ContainsKey(GroupsTable.Floor) ? counter.Number(GroupsTable.Floor) : 0;

    private async Task<Dictionary<string, AttributeValue>> CounterAsync(CancellationToken cancellationToken) => (await store.GetItemAsync(
        new GetItemRequest { TableName = table.Name, Key = GroupsTable.Counter(), ConsistentRead = true }, cancellationToken)).Item ?? [];

    private async Task TakeAsync(string id, Dictionary<string, AttributeValue> counter, bool restored, CancellationToken cancellationToken)
    {
        var floor = restored ? Math.Max(Floor(counter) + VersionsPerSecond, clock.GetUtcNow().ToUnixTimeSeconds() * VersionsPerSecond) : Floor(counter);
        var request = new UpdateItemRequest
        {
            TableName = table.Name,
            Key = GroupsTable.Counter(),
            UpdateExpression = "SET #table = :id, #floor = :floor ADD #last :leftOut",
            ConditionExpression = "attribute_not_exists(#table) OR #table = :counted",
            ExpressionAttributeNames = new()
            {
                ["#table"] = GroupsTable.TableId,
                ["#floor"] = GroupsTable.Floor,
                ["#last"] = GroupsTable.Last,
            },
            ExpressionAttributeValues = new()
            {
                [":id"] = Attributes.Text(id),
                [":counted"] = counter.GetValueOrDefault(GroupsTable.TableId) ?? Attributes.Text("-"),
                [":floor"] = Attributes.Number(floor),
                [":leftOut"] = Attributes.Number(restored ? LeftOut : 0),
            },
        };
        try
        {
            await store.UpdateItemAsync(request, cancellationToken);
        }
        catch (ConditionalCheckFailedException)
        {
            // Another instance was faster; there is only one table to take.
            return;
        }

        if (restored)
        {
            LogTaken(logger, table.Name, LeftOut, floor);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Table {table} was restored and is used: {leftOut} user numbers are left out, and groups go on at version {floor}")]
    private static partial void LogTaken(ILogger logger, string table, long leftOut, long floor);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Table {table} was replaced while the service was running, which ends")]
    private static partial void LogReplaced(ILogger logger, string table);
}
