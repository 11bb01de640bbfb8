using ConnectChat.Contracts;
using ConnectChat.LocalCluster.Embedded;

namespace ConnectChat.Tests.Infrastructure.Hosts;

/// <summary>A bus at one address behind which another cluster can be put, empty or with some records that nobody has read yet.</summary>
internal sealed class ReplaceableKafka : IAsyncDisposable
{
    private const int Partitions = 2;

    private readonly int _port = FreePort.Next();
    private MockBroker? _broker;
    private LoopbackForwarder? _door;

    public string BootstrapServers => $"127.0.0.1:{_port}";

    /// <summary>Opens the address.</summary>
    public static async Task<ReplaceableKafka> StartAsync()
    {
        var kafka = new ReplaceableKafka();
        await kafka.ReplaceAsync(_ => Task.CompletedTask);
        return kafka;
    }

    /// <summary>Ends the cluster that is there and opens the address to a new one.</summary>
    /// <param name="first">Gets the new cluster's own address, and may write to it before anybody else sees it.</param>
    public async Task ReplaceAsync(Func<string, Task> first)
    {
        if (_door is not null)
        {
            await _door.DisposeAsync();
        }

        // librdkafka names a mock cluster after its place in memory. Two that live at once have two names; one made after the other's end
        // may get its name as well.
        var old = _broker;
        _broker = new MockBroker();
        old?.Dispose();
        foreach (var topic in new[] { Topics.Incoming, Topics.Outgoing, Topics.DeadLetter })
        {
            _broker.CreateTopic(topic, Partitions);
        }

        await first(_broker.BootstrapServers);
        _broker.Advertise("127.0.0.1", _port);
        _door = LoopbackForwarder.Start(_port, _broker.BootstrapServers);
    }

    public async ValueTask DisposeAsync()
    {
        if (_door is not null)
        {
            await _door.DisposeAsync();
        }

        _broker?.Dispose();
    }
}
