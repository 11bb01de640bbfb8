using Amazon.DynamoDBv2;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.ServiceDefaults.DynamoDb;
using ConnectChat.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;

[assembly: AssemblyFixture(typeof(DynamoDbFixture))]

namespace ConnectChat.Tests.Infrastructure;

/// <summary>One embedded DynamoDB for the whole run, in memory. Tests keep apart by the names of their tables or groups.</summary>
public sealed class DynamoDbFixture : IAsyncLifetime
{
    private EmbeddedDynamoDb? _database;

    public string ServiceUrl => _database!.ServiceUrl;

    public IAmazonDynamoDB Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await EmbeddedDynamoDb.StartAsync();
        Client = DynamoDbExtensions.Create(new ConfigurationBuilder()
            .AddInMemoryCollection([new("AWS_ENDPOINT_URL_DYNAMODB", ServiceUrl)])
            .Build());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _database!.DisposeAsync();
    }
}
