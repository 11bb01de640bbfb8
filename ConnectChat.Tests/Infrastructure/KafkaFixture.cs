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

    public ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("CONNECTCHAT_KAFKA") is { Length: > 0 } given)
        {
            BootstrapServers = given;
        }
        else
        {
            _embedded = EmbeddedKafka.Start();
            BootstrapServers = _embedded.BootstrapServers;
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _embedded?.DisposeAsync() ?? ValueTask.CompletedTask;
}
