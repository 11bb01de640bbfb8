using System.Net;
using Amazon;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using ConnectChat.Contracts;
using ConnectChat.ServiceDefaults.Health;
using ConnectChat.ServiceDefaults.Readiness;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ConnectChat.ServiceDefaults.DynamoDb;

/// <summary>The DynamoDB client of a service.</summary>
public static class DynamoDbExtensions
{
    /// <summary>
    /// Registers <see cref="IAmazonDynamoDB"/>: on AWS from the environment as usual; with <c>AWS_ENDPOINT_URL_DYNAMODB</c> set (by the
    /// AppHost, LocalCluster or by hand) at that address with local credentials.
    /// </summary>
    public static void AddDynamoDb(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<TableOptions>().BindConfiguration(TableOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<IAmazonDynamoDB>(_ => Create(builder.Configuration));
        builder.AddDependency("dynamodb", ProbeTimeouts.Store, async (services, token) =>
        {
            await services.GetRequiredService<IAmazonDynamoDB>().ListTablesAsync(new Amazon.DynamoDBv2.Model.ListTablesRequest { Limit = 1 }, token);
            return null;
        });
    }

    /// <summary>
    /// A table of the service: created where it is missing, unless the settings leave that to others. The service is ready once it is there.
    /// </summary>
    public static void AddTable(this IHostApplicationBuilder builder, TableSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        builder.Services.AddKeyedSingleton(
            schema.Name,
            (services, _) => new TableProvisioning(
                schema,
                services.GetRequiredService<IAmazonDynamoDB>(),
                services.GetRequiredService<IOptions<TableOptions>>(),
                services.GetRequiredService<TimeProvider>(),
                services.GetRequiredService<ILogger<TableProvisioning>>(),
                services.GetKeyedService<ITableInspection>(schema.Name)));
        builder.Services.AddSingleton<IHostedService>(services => services.GetRequiredKeyedService<TableProvisioning>(schema.Name));
        builder.AddCondition($"{schema.Name}-table", services => services.GetRequiredKeyedService<TableProvisioning>(schema.Name).Problem);
    }

    /// <summary>A client from configuration, for tools and tests that have no host.</summary>
    public static IAmazonDynamoDB Create(IConfiguration configuration)
    {
        // Retries above the SDK's own are the caller's business, which knows whether to hold or to refuse.
        var config = new AmazonDynamoDBConfig { MaxErrorRetry = 2, Timeout = TimeSpan.FromSeconds(5) };
        if (configuration["AWS_ENDPOINT_URL_DYNAMODB"] is not { Length: > 0 } url)
        {
            return new AmazonDynamoDBClient(config);
        }

        config.ServiceURL = url;
        if (new Uri(url).IsLoopback)
        {
            // The SDK reads HTTP_PROXY by itself; a proxy cannot reach what listens on this machine.
            config.SetWebProxy(new WebProxy());
        }

        config.AuthenticationRegion = configuration["AWS_REGION"] ?? RegionEndpoint.EUCentral1.SystemName;
        return new AmazonDynamoDBClient(new BasicAWSCredentials("local", "local"), config);
    }
}
