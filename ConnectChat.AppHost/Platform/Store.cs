#if ASPIRE_HOSTING_AWS
using Aspire.Hosting.AWS.DynamoDB;
#endif
using ConnectChat.AppHost.Commands;
using ConnectChat.LocalCluster.Embedded;

namespace ConnectChat.AppHost.Platform;

/// <summary>DynamoDB: one resource named <c>dynamodb</c>, whatever it is.</summary>
/// <param name="Resource">What services wait for; null when publishing: on AWS the SDK finds DynamoDB by itself.</param>
/// <param name="Endpoint">Its address; null when publishing.</param>
internal sealed record Store(IResourceBuilder<IResource>? Resource, EndpointReference? Endpoint);

internal static class StoreExtensions
{
    /// <summary>DynamoDB: Amazon's container, the embedded stand-in, or the account's own.</summary>
    public static Store AddStore(this IDistributedApplicationBuilder builder, string name, PlatformChoice platform) => platform.Kind switch
    {
        PlatformKind.Containers => Container(builder, name),
        PlatformKind.Embedded => Embedded(builder, name),
        _ => new Store(Resource: null, Endpoint: null),
    };

    /// <summary>Gives a service the store as <c>AWS_ENDPOINT_URL_DYNAMODB</c>.</summary>
    public static IResourceBuilder<ProjectResource> WithStore(this IResourceBuilder<ProjectResource> service, Store store) => store switch
    {
#if ASPIRE_HOSTING_AWS
        // The integration's reference sets the address and waits by itself.
        { Resource: IResourceBuilder<DynamoDBLocalResource> local } => service.WithReference(local),
#endif
        { Resource: { } resource, Endpoint: { } endpoint } => service.WithEnvironment("AWS_ENDPOINT_URL_DYNAMODB", endpoint).WaitForStart(resource),
        _ => service,
    };

    /// <summary>Kill, pause and resume of the store.</summary>
    public static void WithProcessCommands(this Store store, PlatformChoice platform) =>
        store.Resource.WithCommandsOfItsKind(platform, "Messages and membership changes wait until it is back; nothing is lost.");

    private static Store Container(IDistributedApplicationBuilder builder, string name)
    {
#if ASPIRE_HOSTING_AWS
        // The integration says when the container runs, not when DynamoDB answers.
        var local = builder.AddAWSDynamoDBLocal(name);
        local.WithAnswerHealthCheck(local.GetEndpoint("http"));
        return new Store(local, Endpoint: null);
#else
        var store = builder.AddContainer(name, "amazon/dynamodb-local", "latest")
            .WithEntrypoint("java")
            .WithArgs("-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", "-sharedDb", "-inMemory")
            .WithHttpEndpoint(targetPort: 8000, name: "http");
        store.WithAnswerHealthCheck(store.GetEndpoint("http"));
        return new Store(store, store.GetEndpoint("http"));
#endif
    }

    private static Store Embedded(IDistributedApplicationBuilder builder, string name)
    {
        // On disk, so that a store that is killed comes back with what it had; gone with the run.
        var folder = Directory.CreateTempSubdirectory("connectchat-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Delete(folder);
        var port = FreePort.Next();
        var store = builder.AddCommandLineTool(name, "dynamodb", "--port", $"{port}", "--data", Path.Combine(folder.FullName, "dynamodb.sqlite"))
            .WithIconName("Database")
            .WithEndpoint(port: port, targetPort: port, scheme: "http", name: "http", isProxied: false);
        store.WithAnswerHealthCheck(store.GetEndpoint("http"));
        return new Store(store, store.GetEndpoint("http"));
    }

    private static void Delete(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true);
        }
        catch (IOException)
        {
            // Still open by a process that did not end with the run: the system's own cleaning takes it.
        }
    }
}
