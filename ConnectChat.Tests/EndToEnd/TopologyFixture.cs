using System.Collections.Concurrent;
using ConnectChat.Client;
using ConnectChat.Contracts.Hub;
using ConnectChat.LocalCluster.Demo;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>Two gateways, Messaging and Groups as processes, for the tests of this collection one after the other.</summary>
public sealed class TopologyFixture : IAsyncLifetime
{
    private readonly Dictionary<string, int> _kills = [];
    private readonly string _data = Directory.CreateTempSubdirectory("connectchat-e2e-").FullName;

    public ConcurrentQueue<string> Said { get; } = [];

    public Topology Topology { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Topology = await Topology.StartAsync(new TopologyOptions
    {
        DataDirectory = _data,
        Kafka = Environment.GetEnvironmentVariable("CONNECTCHAT_KAFKA") is { Length: > 0 } given ? given : null,
        Say = Said.Enqueue,
    });

    public async ValueTask DisposeAsync()
    {
        await Topology.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    /// <summary>Kills a service; it is started again.</summary>
    public void Kill(string service)
    {
        _kills[service] = _kills.GetValueOrDefault(service) + 1;
        Topology.Services[service].Kill();
    }

    /// <summary>Waits until all services are up, and fails when one of them ended that no test killed.</summary>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        await Topology.HealthyAsync(cancellationToken);
        foreach (var service in Topology.Services.Values)
        {
            Assert.True(
                service.Restarts == _kills.GetValueOrDefault(service.Name),
                $"{service.Name} ended by itself. {string.Join(" | ", Said)}{Environment.NewLine}{string.Join(Environment.NewLine, File.ReadLines(service.LogFile).Where(line => line.Contains("Unhandled", StringComparison.Ordinal)))}");
        }
    }

    /// <summary>Creates a group; the first user owns it.</summary>
    internal async Task<string> CreateGroupAsync(IReadOnlyList<string> users, CancellationToken cancellationToken)
    {
        var group = $"e2e-{Guid.NewGuid():N}";
        using var api = new DemoApi(Topology.Gateways[0], Topology.TokenFor(users[0]));
        await api.CreateGroupAsync(group, cancellationToken);
        await api.AddMembersAsync(group, users.Skip(1), cancellationToken);
        return group;
    }

    /// <summary>A connected client of a user.</summary>
    internal async Task<ChatClient> ConnectAsync(string user, CancellationToken cancellationToken, IReadOnlyDictionary<string, long>? positions = null)
    {
        var client = new ChatClient(new ChatClientOptions
        {
            Endpoints = Topology.Gateways,
            TokenProvider = () => Task.FromResult(Topology.TokenFor(user)),
            Positions = positions ?? new Dictionary<string, long>(),
        });
        await client.ConnectAsync(cancellationToken);
        return client;
    }

    /// <summary>The next messages of a group, as the application gets them.</summary>
    internal static async Task<List<ChatMessage>> TakeAsync(ChatClient client, string group, int count, CancellationToken cancellationToken)
    {
        var taken = new List<ChatMessage>();
        await foreach (var message in client.ReadMessagesAsync(cancellationToken))
        {
            if (message.GroupId == group)
            {
                taken.Add(message);
            }

            if (taken.Count == count)
            {
                break;
            }
        }

        return taken;
    }
}

[CollectionDefinition(Name)]
public sealed class OneTopology : ICollectionFixture<TopologyFixture>
{
    public const string Name = "topology";
}
