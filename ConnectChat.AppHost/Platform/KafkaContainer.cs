#if !ASPIRE_HOSTING_KAFKA
using ConnectChat.LocalCluster.Embedded;
#endif

namespace ConnectChat.AppHost.Platform;

/// <summary>Kafka and its UI as containers: through Aspire.Hosting.Kafka where its package restores, as plain containers where not.</summary>
internal static class KafkaContainer
{
#if ASPIRE_HOSTING_KAFKA
    public static Bus Add(IDistributedApplicationBuilder builder, string name)
    {
        var kafka = builder.AddKafka(name);
        kafka.WithKafkaUI(ui => ui.WithParentRelationship(kafka));
        return new Bus(kafka, kafka.Resource.ConnectionStringExpression);
    }
#else
    private const int HostPort = 9092;
    private const int NetworkPort = 9093;

    public static Bus Add(IDistributedApplicationBuilder builder, string name)
    {
        // No proxy in front: clients come back to the address that the broker advertises.
        var port = FreePort.Next();
        string network = $"{name}:{NetworkPort}", listeners = $"HOST://:{HostPort},NETWORK://:{NetworkPort},CONTROLLER://:9094";
        var advertised = $"HOST://localhost:{port},NETWORK://{network}";
        var kafka = builder.AddContainer(name, "apache/kafka", "4.3.1")
            .WithEndpoint(port: port, targetPort: HostPort, scheme: "tcp", name: "tcp", isProxied: false)
            .WithEndpoint(targetPort: NetworkPort, scheme: "tcp", name: "internal")
            .WithEnvironment("KAFKA_NODE_ID", "1")
            .WithEnvironment("KAFKA_PROCESS_ROLES", "broker,controller")
            .WithEnvironment("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@localhost:9094")
            .WithEnvironment("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER")
            .WithEnvironment("KAFKA_INTER_BROKER_LISTENER_NAME", "NETWORK")
            .WithEnvironment("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "CONTROLLER:PLAINTEXT,NETWORK:PLAINTEXT,HOST:PLAINTEXT")
            .WithEnvironment("KAFKA_LISTENERS", listeners)
            .WithEnvironment("KAFKA_ADVERTISED_LISTENERS", advertised)
            .WithEnvironment("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1")
            .WithEnvironment("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0")
            .WithEnvironment("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
            .WithKafkaHealthCheck(port);
        builder.AddContainer("kafka-ui", "kafbat/kafka-ui", "v1.4.2")
            .WithImageRegistry("ghcr.io")
            .WithHttpEndpoint(targetPort: 8080)
            .WithEnvironment("KAFKA_CLUSTERS_0_NAME", name)
            .WithEnvironment("KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS", network)
            .WithParentRelationship(kafka);
        var address = kafka.GetEndpoint("tcp").Property(EndpointProperty.HostAndPort);
        return new Bus(kafka, ReferenceExpression.Create($"{address}"));
    }
#endif
}
