using ConnectChat.AppHost.Commands;
using ConnectChat.LocalCluster.Embedded;

namespace ConnectChat.AppHost.Platform;

/// <summary>The message bus: one resource named <c>kafka</c>, whatever it is.</summary>
/// <param name="Resource">What services wait for; null when publishing.</param>
/// <param name="Address">Bootstrap servers, in this process as in the services.</param>
/// <param name="Security">The operator's choice of <c>Kafka:Security</c>, when publishing.</param>
/// <param name="Embedded">Whether it is the embedded broker.</param>
internal sealed record Bus(
    IResourceBuilder<IResource>? Resource, ReferenceExpression Address, IResourceBuilder<ParameterResource>? Security = null, bool Embedded = false);

internal static class BusExtensions
{
    /// <summary>Kafka: a container with its UI, the embedded broker, or the operator's bootstrap servers.</summary>
    public static Bus AddBus(this IDistributedApplicationBuilder builder, string name, PlatformChoice platform) => platform.Kind switch
    {
        PlatformKind.Containers => KafkaContainer.Add(builder, name),
        PlatformKind.Embedded => Embedded(builder, name),
        _ => Published(builder, name),
    };

    /// <summary>Gives a service the bus.</summary>
    public static IResourceBuilder<ProjectResource> WithBus(this IResourceBuilder<ProjectResource> service, Bus bus)
    {
        service.WithEnvironment("ConnectionStrings__kafka", bus.Address);
        if (bus.Security is { } security)
        {
            service.WithEnvironment("Kafka__Security", security);
        }

        if (bus.Embedded)
        {
            // The embedded broker answers a fetch at the end of its wait even when a record arrived meanwhile; Kafka answers at once.
            service.WithEnvironment("Aspire__Confluent__Kafka__Consumer__Config__FetchWaitMaxMs", "5");

            // And it takes a shorter session than Kafka does: how long a killed Messaging keeps its partitions.
            service.WithEnvironment("Aspire__Confluent__Kafka__Consumer__Config__SessionTimeoutMs", "2000");
            service.WithEnvironment("Aspire__Confluent__Kafka__Consumer__Config__HeartbeatIntervalMs", "300");
        }
        else if (bus.Resource is not null)
        {
            // Started again under the same name, it goes on with its partitions at once instead of waiting until its last life has timed out.
            service.WithEnvironment("Aspire__Confluent__Kafka__Consumer__Config__GroupInstanceId", service.Resource.Name);
        }

        return bus.Resource is { } resource ? service.WaitForStart(resource) : service;
    }

    /// <summary>Kill, pause and resume of the bus.</summary>
    public static void WithProcessCommands(this Bus bus, PlatformChoice platform) => bus.Resource.WithCommandsOfItsKind(
        platform, "Sends are refused until it is back. The embedded broker forgets what was in flight; a real cluster does not.");

    private static Bus Published(IDistributedApplicationBuilder builder, string name)
    {
        var servers = builder.AddConnectionString(name);
        var security = builder.AddParameter("kafka-security", "Plaintext", publishValueAsDefault: true);
        return new Bus(Resource: null, ReferenceExpression.Create($"{servers.Resource}"), security);
    }

    private static Bus Embedded(IDistributedApplicationBuilder builder, string name)
    {
        // A fixed port and no proxy: Kafka clients reconnect to the address that the broker advertises, also after it was restarted.
        var port = FreePort.Next();
        var broker = builder.AddCommandLineTool(name, "kafka", "--port", $"{port}")
            .WithIconName("MailMultiple")
            .WithEndpoint(port: port, targetPort: port, scheme: "tcp", name: "tcp", isProxied: false)
            .WithKafkaHealthCheck(port);
        var address = broker.GetEndpoint("tcp").Property(EndpointProperty.HostAndPort);
        return new Bus(broker, ReferenceExpression.Create($"{address}"), Embedded: true);
    }
}
