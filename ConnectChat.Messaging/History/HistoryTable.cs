using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using ConnectChat.Contracts;
using ConnectChat.ServiceDefaults.DynamoDb;
using Microsoft.Extensions.Options;

namespace ConnectChat.Messaging.History;

/// <summary>Creates the table where it is missing. While DynamoDB does not answer it goes on trying; messages are held meanwhile.</summary>
internal sealed partial class HistoryTable(
    IAmazonDynamoDB dynamoDb, IOptions<TableOptions> options, TimeProvider clock, ILogger<HistoryTable> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (options.Value.CreateTables)
        {
            try
            {
                await CreateAsync(HistoryKeys.TableOf(options.Value), stoppingToken);
                return;
            }
            catch (Exception exception) when (exception is AmazonServiceException or AmazonClientException or HttpRequestException or OperationCanceledException
                && !stoppingToken.IsCancellationRequested)
            {
                LogRetry(logger, HistoryKeys.TableOf(options.Value), exception);
                await Task.Delay(Pause, clock, stoppingToken);
            }
        }
    }

    private async Task CreateAsync(string table, CancellationToken cancellationToken)
    {
        try
        {
            await dynamoDb.CreateTableAsync(TableSchema.History.ToRequest(table), cancellationToken);
        }
        catch (ResourceInUseException)
        {
            // It exists, or another instance was faster.
        }

        while ((await dynamoDb.DescribeTableAsync(table, cancellationToken)).Table.TableStatus != TableStatus.ACTIVE)
        {
            await Task.Delay(Pause, clock, cancellationToken);
        }

        var expiry = await dynamoDb.DescribeTimeToLiveAsync(new DescribeTimeToLiveRequest { TableName = table }, cancellationToken);
        if (expiry.TimeToLiveDescription?.TimeToLiveStatus is not { } status || status == TimeToLiveStatus.DISABLED)
        {
            await dynamoDb.UpdateTimeToLiveAsync(
                new UpdateTimeToLiveRequest
                {
                    TableName = table,
                    TimeToLiveSpecification = new TimeToLiveSpecification { AttributeName = HistoryKeys.ExpiresAt, Enabled = true },
                },
                cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Table {table} cannot be made sure of; trying again")]
    private static partial void LogRetry(ILogger logger, string table, Exception exception);
}
