using ConnectChat.LocalCluster.Embedded;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.AppHost.Platform;

/// <summary>The message bus, and how services get to it.</summary>
/// <param name="Connection">Becomes <c>ConnectionStrings__kafka</c>.</param>
/// <param name="Ready">What a service waits for; null when publishing.</param>
/// <param name="Embedded">Whether it is the embedded broker.</param>
internal sealed record Bus(IResourceBuilder<IResourceWithConnectionString> Connection, IResourceBuilder<IResource>? Ready, bool Embedded = false);

internal static class BusExtensions
{
    /// <summary>Kafka: a container with its UI, the embedded broker, or the operator's bootstrap servers.</summary>
    public static Bus AddBus(this IDistributedApplicationBuilder builder, string name, PlatformKind platform) => platform switch
    {
        PlatformKind.Containers => Container(builder, name),
        PlatformKind.Embedded => Embedded(builder, name),
        _ => new Bus(builder.AddConnectionString(name), Ready: null),
    };

    /// <summary>Gives a service the bus, and lets it start when the bus answers.</summary>
    public static IResourceBuilder<ProjectResource> WithBus(this IResourceBuilder<ProjectResource> service, Bus bus)
    {
        service.WithReference(bus.Connection, connectionName: "kafka");
        if (bus.Embedded)
        {
            // The embedded broker answers a fetch at the end of its wait even when a record arrived meanwhile; Kafka answers at once.
            service.WithEnvironment("Aspire__Confluent__Kafka__Consumer__Config__FetchWaitMaxMs", "5");
        }

        return bus.Ready is null ? service : service.WaitFor(bus.Ready);
    }

    private static Bus Container(IDistributedApplicationBuilder builder, string name)
    {
        var kafka = builder.AddKafka(name).WithKafkaUI(ui => ui.WithParentRelationship(builder.CreateResourceBuilder(builder.Resources.Single(r => r.Name == name))));
        return new Bus(kafka, kafka);
    }

    private static Bus Embedded(IDistributedApplicationBuilder builder, string name)
    {
        // A fixed port and no proxy: Kafka clients reconnect to the address that the broker advertises, also after it was restarted.
        var port = FreePort.Next();
        var health = name + "-answers";
        builder.Services.AddHealthChecks().AddAsyncCheck(health, token => PortHealth.AnswersAsync(port, token));
        var broker = builder.AddProject<Projects.ConnectChat_LocalCluster>(name + "-embedded", project => project.ExcludeLaunchProfile = true)
            .WithArgs("kafka", "--port", port.ToString(System.Globalization.CultureInfo.InvariantCulture))
            .WithEndpoint(port: port, targetPort: port, scheme: "tcp", name: "tcp", isProxied: false)
            .WithHealthCheck(health);
        var address = broker.GetEndpoint("tcp").Property(EndpointProperty.HostAndPort);
        return new Bus(builder.AddConnectionString(name, ReferenceExpression.Create($"{address}")), broker, Embedded: true);
    }
}
