using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts;
using ConnectChat.ServiceDefaults.DynamoDb;
using ConnectChat.Tests.Infrastructure;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ConnectChat.Tests.Services;

public sealed class TableProvisioningTests(DynamoDbFixture dynamoDb)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_missing_table_is_created_with_its_index_and_its_expiry_by_however_many_instances_start_at_once()
    {
        var prefix = $"made-{Guid.NewGuid():N}-";
        var schemas = new[] { TableSchema.Groups, TableSchema.History, TableSchema.Groups, TableSchema.History };

        await Task.WhenAll(schemas.Select(async schema =>
        {
            using var provisioning = Provisioning(dynamoDb.Client, schema, prefix, new CollectedLogs());
            await provisioning.StartAsync(Token);
            await provisioning.ExecuteTask!.WaitAsync(Token);
            Assert.True(provisioning.Ready.IsCompletedSuccessfully);
        }));

        var groups = (await dynamoDb.Client.DescribeTableAsync($"{prefix}groups", Token)).Table;
        Assert.Equal((TableStatus.ACTIVE, "by-member"), (groups.TableStatus, groups.GlobalSecondaryIndexes.Single().IndexName));
        var expiry = await dynamoDb.Client.DescribeTimeToLiveAsync(new DescribeTimeToLiveRequest { TableName = $"{prefix}history" }, Token);
        Assert.Equal(TableSchema.History.TimeToLive, expiry.TimeToLiveDescription.AttributeName);
    }

    [Fact(Timeout = 30_000)]
    public async Task Where_others_own_the_tables_it_waits_for_them_and_says_so()
    {
        var prefix = $"owned-{Guid.NewGuid():N}-";
        using var logs = new CollectedLogs();
        using var waiting = Provisioning(dynamoDb.Client, TableSchema.Groups, prefix, logs, create: false);
        await waiting.StartAsync(Token);
        await Eventually.TrueAsync(() => !logs.Entries.IsEmpty);
        Assert.False(waiting.Ready.IsCompleted);
        await dynamoDb.Client.CreateTableAsync(TableSchema.Groups.ToRequest($"{prefix}groups"), Token);

        await waiting.Ready.WaitAsync(Token);
        Assert.Contains("is missing", Assert.Single(logs.Entries).Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_store_that_is_down_is_reported_once_in_full_and_then_ever_less_often()
    {
        var clock = new ImpatientClock();
        using var logs = new CollectedLogs();
        using var store = new StoreInAnOutage(() => clock.Elapsed < TimeSpan.FromMinutes(20));
        using var provisioning = Provisioning(store, TableSchema.Groups, "down-", logs, clock: clock);

        await provisioning.StartAsync(Token);
        await provisioning.Ready.WaitAsync(Token);

        Assert.Single(logs.Entries, entry => entry.Exception is not null);
        Assert.InRange(logs.Entries.Count, 9, 13);
    }

    private static TableProvisioning Provisioning(
        IAmazonDynamoDB store, TableSchema schema, string prefix, CollectedLogs logs, bool create = true, TimeProvider? clock = null) =>
        new(
            schema,
            store,
            Options.Create(new TableOptions { TablePrefix = prefix, CreateTables = create }),
            clock ?? TimeProvider.System,
            LoggerFactory.Create(logging => logging.AddProvider(logs)).CreateLogger<TableProvisioning>());

    private sealed class StoreInAnOutage(Func<bool> down)
        : AmazonDynamoDBClient(new Amazon.Runtime.AnonymousAWSCredentials(), new AmazonDynamoDBConfig { ServiceURL = "http://127.0.0.1:1" })
    {
        public override Task<DescribeTableResponse> DescribeTableAsync(
            string tableName, CancellationToken cancellationToken = default) => down()
            ? throw new HttpRequestException("no such host")
            : Task.FromResult(new DescribeTableResponse { Table = new TableDescription { TableStatus = TableStatus.ACTIVE } });
    }
}
