using System.Net.Sockets;
using Confluent.Kafka;
using ConnectChat.Contracts;

namespace ConnectChat.LocalCluster.Embedded;

/// <summary>A Kafka-protocol broker in this process, with the product's topics, reachable by any process on loopback.</summary>
/// <remarks>In memory only; see docs/decisions for what it is good for. Disposing it is as abrupt as a power cut.</remarks>
public sealed class EmbeddedKafka : IAsyncDisposable
{
    private readonly MockBroker _broker;
    private readonly LoopbackForwarder? _forwarder;

    private EmbeddedKafka(MockBroker broker, LoopbackForwarder? forwarder, string bootstrapServers)
    {
        _broker = broker;
        _forwarder = forwarder;
        BootstrapServers = bootstrapServers;
    }

    /// <summary>What a client gives as <c>bootstrap.servers</c>.</summary>
    public string BootstrapServers { get; }

    /// <summary>Starts a broker.</summary>
    /// <param name="port">A fixed loopback port, so that clients find a restarted broker again; 0 lets the system choose one.</param>
    /// <param name="partitions">Partitions of each topic.</param>
    /// <exception cref="CommandException">The port is taken; the message says by whom.</exception>
    public static EmbeddedKafka Start(int port = 0, int partitions = 6)
    {
        var broker = new MockBroker();
        foreach (var topic in new[] { Topics.Incoming, Topics.Outgoing, Topics.DeadLetter })
        {
            broker.CreateTopic(topic, partitions);
        }

        if (port == 0)
        {
            return new EmbeddedKafka(broker, null, broker.BootstrapServers);
        }

        broker.Advertise("127.0.0.1", port);
        try
        {
            return new EmbeddedKafka(broker, LoopbackForwarder.Start(port, broker.BootstrapServers), $"127.0.0.1:{port}");
        }
        catch (SocketException)
        {
            broker.Dispose();
            throw new CommandException($"The embedded Kafka cannot start: {PortOwner.Describe(port)}.");
        }
    }

    /// <summary>For tests: answers the next produce requests with these errors, one each, and takes nothing of them.</summary>
    internal void RefuseProduces(params ErrorCode[] errors) => _broker.RefuseProduces(errors);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_forwarder is not null)
        {
            await _forwarder.DisposeAsync();
        }

        _broker.Dispose();
    }
}
