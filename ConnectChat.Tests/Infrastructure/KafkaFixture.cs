using Confluent.Kafka;
using Confluent.Kafka.Admin;
using ConnectChat.Contracts;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.Tests.Infrastructure;

[assembly: AssemblyFixture(typeof(KafkaFixture))]

namespace ConnectChat.Tests.Infrastructure;

/// <summary>
/// The bus of the run: real Kafka when <c>CONNECTCHAT_KAFKA</c> names one, otherwise the embedded broker. The topics are shared, so
/// tests keep apart by their group ids.
/// </summary>
public sealed class KafkaFixture : IAsyncLifetime
{
    private EmbeddedKafka? _embedded;

    public string BootstrapServers { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("CONNECTCHAT_KAFKA") is { Length: > 0 } given)
        {
            BootstrapServers = given;
            await CreateTopicsAsync(given);
        }
        else
        {
            _embedded = EmbeddedKafka.Start();
            BootstrapServers = _embedded.BootstrapServers;
        }
    }

    public ValueTask DisposeAsync() => _embedded?.DisposeAsync() ?? ValueTask.CompletedTask;

    // Tests look at topics before a service of theirs has started.
    private static async Task CreateTopicsAsync(string bootstrapServers)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrapServers }).Build();
        try
        {
            await admin.CreateTopicsAsync(new[] { Topics.Incoming, Topics.Outgoing, Topics.DeadLetter }
                .Select(topic => new TopicSpecification { Name = topic, NumPartitions = 6, ReplicationFactor = -1 }));
        }
        catch (CreateTopicsException exception) when (exception.Results.All(result => result.Error.Code is ErrorCode.NoError or ErrorCode.TopicAlreadyExists))
        {
            // From an earlier run.
        }
    }
}
