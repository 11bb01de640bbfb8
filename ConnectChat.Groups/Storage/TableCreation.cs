using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts;
using ConnectChat.ServiceDefaults.DynamoDb;
using Microsoft.Extensions.Options;

namespace ConnectChat.Groups.Storage;

/// <summary>
/// Creates the table when it is missing and waits until it is ACTIVE, for as long as the store does not answer. Calls that come
/// earlier get UNAVAILABLE; <c>/health</c> says why.
/// </summary>
internal sealed partial class TableCreation(IAmazonDynamoDB store, GroupsTable table, IOptions<TableOptions> options, TimeProvider clock, ILogger<TableCreation> log) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes once the table is ACTIVE.</summary>
    public Task Ready => _ready.Task;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!_ready.Task.IsCompleted)
        {
            var pause = Retry;
            try
            {
                switch (await StatusAsync(stoppingToken))
                {
                    case null when options.Value.CreateTables:
                        await CreateAsync(stoppingToken);
                        pause = TimeSpan.Zero;
                        break;
                    case { } status when status == TableStatus.ACTIVE || status == TableStatus.UPDATING:
                        _ready.SetResult();
                        return;
                    case null:
                        TableIsMissing(table.Name);
                        break;
                    default:
                        pause = Poll;
                        break;
                }
            }
            catch (ResourceInUseException)
            {
                // Another instance creates it at the same moment.
                pause = Poll;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                StoreDoesNotAnswer(exception, table.Name);
            }

            await Task.Delay(pause, clock, stoppingToken);
        }
    }

    private async Task<TableStatus?> StatusAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await store.DescribeTableAsync(table.Name, cancellationToken)).Table.TableStatus;
        }
        catch (ResourceNotFoundException)
        {
            return null;
        }
    }

    private Task<CreateTableResponse> CreateAsync(CancellationToken cancellationToken) =>
        store.CreateTableAsync(TableSchema.Groups.ToRequest(table.Name), cancellationToken);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Table {Table} is missing, and DynamoDb:CreateTables is false")]
    private partial void TableIsMissing(string table);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Table {Table} is not there yet: the store does not answer")]
    private partial void StoreDoesNotAnswer(Exception exception, string table);
}
