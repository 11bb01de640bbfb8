using System.Globalization;
using Aspire.Hosting.AWS.DynamoDB;
using ConnectChat.LocalCluster.Embedded;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.AppHost.Platform;

/// <summary>DynamoDB, and how services get to it.</summary>
/// <param name="Container">DynamoDB Local, when containers run.</param>
/// <param name="Embedded">The stand-in, when they do not. Neither when publishing: on AWS the SDK finds DynamoDB by itself.</param>
internal sealed record Store(IResourceBuilder<DynamoDBLocalResource>? Container, IResourceBuilder<ProjectResource>? Embedded);

internal static class StoreExtensions
{
    /// <summary>DynamoDB: Amazon's container, the embedded stand-in, or the account's own.</summary>
    public static Store AddStore(this IDistributedApplicationBuilder builder, string name, PlatformKind platform) => platform switch
    {
        PlatformKind.Containers => new Store(builder.AddAWSDynamoDBLocal(name), Embedded: null),
        PlatformKind.Embedded => new Store(Container: null, AddEmbedded(builder, name)),
        _ => new Store(Container: null, Embedded: null),
    };

    /// <summary>Gives a service the store as <c>AWS_ENDPOINT_URL_DYNAMODB</c>, and lets it start when the store answers.</summary>
    public static IResourceBuilder<ProjectResource> WithStore(this IResourceBuilder<ProjectResource> service, Store store) => store switch
    {
        // The reference waits by itself.
        { Container: { } container } => service.WithReference(container),
        { Embedded: { } embedded } => service.WithEnvironment("AWS_ENDPOINT_URL_DYNAMODB", embedded.GetEndpoint("http")).WaitFor(embedded),
        _ => service,
    };

    private static IResourceBuilder<ProjectResource> AddEmbedded(IDistributedApplicationBuilder builder, string name)
    {
        var port = FreePort.Next();
        var health = name + "-answers";
        var file = Path.Combine(Directory.CreateTempSubdirectory("connectchat-").FullName, "dynamodb.sqlite");
        builder.Services.AddHealthChecks().AddAsyncCheck(health, token => PortHealth.AnswersAsync(port, token));
        return builder.AddProject<Projects.ConnectChat_LocalCluster>(name, project => project.ExcludeLaunchProfile = true)
            .WithArgs("dynamodb", "--port", port.ToString(CultureInfo.InvariantCulture), "--data", file)
            .WithEndpoint(port: port, targetPort: port, scheme: "http", name: "http", isProxied: false)
            .WithHealthCheck(health);
    }
}
