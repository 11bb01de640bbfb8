using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts;
using ConnectChat.ServiceDefaults.Logging;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ConnectChat.ServiceDefaults.DynamoDb;

/// <summary>
/// Creates a table where it is missing and waits until it is there, for as long as the store does not answer, and until its inspection finds
/// nothing wrong with it. Calls that come earlier fail as unavailable, and records are held; <c>/health</c> says why.
/// </summary>
internal sealed partial class TableProvisioning(
    TableSchema schema,
    IAmazonDynamoDB store,
    IOptions<TableOptions> options,
    TimeProvider clock,
    ILogger<TableProvisioning> logger,
    ITableInspection? inspection = null) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly FailureReports _reports = new(clock);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly string _table = options.Value.FullName(schema);

    /// <summary>Completes once the table can be read and written.</summary>
    public Task Ready => _ready.Task;

    /// <summary>What keeps it from being ready; null when it is.</summary>
    public string? Problem { get; private set; } = "not created yet";

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var pause = Retry;
            try
            {
                var table = await DescribeAsync(stoppingToken);
                switch (table?.TableStatus)
                {
                    case null when options.Value.CreateTables:
                        await store.CreateTableAsync(schema.ToRequest(_table), stoppingToken);
                        pause = TimeSpan.Zero;
                        break;
                    case null:
                        ReportMissing();
                        break;
                    case { } status when status == TableStatus.ACTIVE || status == TableStatus.UPDATING:
                        Problem = inspection is null ? null : await inspection.InspectAsync(table!, stoppingToken);
                        if (Problem is not null)
                        {
                            ReportUnfit(Problem);
                            break;
                        }

                        _ready.TrySetResult();
                        await EnsureExpiryAsync(stoppingToken);
                        return;
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
                Report(exception);
            }

            await Task.Delay(pause, clock, stoppingToken);
        }
    }

    private async Task<TableDescription?> DescribeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await store.DescribeTableAsync(_table, cancellationToken)).Table;
        }
        catch (ResourceNotFoundException)
        {
            return null;
        }
    }

    private async Task EnsureExpiryAsync(CancellationToken cancellationToken)
    {
        if (schema.TimeToLive is not { } attribute || !options.Value.CreateTables)
        {
            return;
        }

        var expiry = await store.DescribeTimeToLiveAsync(new DescribeTimeToLiveRequest { TableName = _table }, cancellationToken);
        if (expiry.TimeToLiveDescription?.TimeToLiveStatus is not { } status || status == TimeToLiveStatus.DISABLED)
        {
            await store.UpdateTimeToLiveAsync(
                new UpdateTimeToLiveRequest
                {
                    TableName = _table,
                    TimeToLiveSpecification = new TimeToLiveSpecification { AttributeName = attribute, Enabled = true },
                },
                cancellationToken);
        }
    }

    private void ReportMissing()
    {
        if (_reports.Failed(out _) != FailureReport.None)
        {
            LogMissing(logger, _table);
        }
    }

    private void ReportUnfit(string problem)
    {
        if (_reports.Failed(out _) != FailureReport.None)
        {
            LogUnfit(logger, _table, problem);
        }
    }

    private void Report(Exception exception)
    {
        switch (_reports.Failed(out var failing))
        {
            case FailureReport.First:
                LogNotYet(logger, _table, exception);
                break;
            case FailureReport.Again:
                LogStillNot(logger, _table, failing, exception.Message);
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Table {table} is missing, and DynamoDb:CreateTables is false")]
    private static partial void LogMissing(ILogger logger, string table);

    [LoggerMessage(Level = LogLevel.Error, Message = "Table {table} is not used: {problem}")]
    private static partial void LogUnfit(ILogger logger, string table, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Table {table} cannot be made sure of; trying again")]
    private static partial void LogNotYet(ILogger logger, string table, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Table {table} still cannot be made sure of after {elapsed}: {reason}")]
    private static partial void LogStillNot(ILogger logger, string table, TimeSpan elapsed, string reason);
}
