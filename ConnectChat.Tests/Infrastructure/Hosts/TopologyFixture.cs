using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using ConnectChat.Client;
using ConnectChat.Contracts.Hub;
using ConnectChat.LocalCluster.Clients;
using ConnectChat.LocalCluster.Topologies;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;

namespace ConnectChat.Tests.Infrastructure.Hosts;

/// <summary>Two gateways, Messaging, Groups and the store as processes, for the tests of this collection one after the other.</summary>
public sealed class TopologyFixture : IAsyncLifetime
{
    private readonly Dictionary<string, int> _kills = [];
    private readonly string _data = Directory.CreateTempSubdirectory("connectchat-e2e-").FullName;

    public ConcurrentQueue<string> Said { get; } = [];

    /// <summary>Its keys, its state and its logs.</summary>
    public string Data => _data;

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

    /// <summary>Kills a process, and returns when its successor was started.</summary>
    public Task KillAsync(string service) => EndAsync(service, () =>
    {
        Topology.Services[service].Kill();
        return Task.CompletedTask;
    });

    /// <summary>Drains a gateway as operators do, and returns when its successor was started.</summary>
    public Task DrainAsync(string gateway) => EndAsync(gateway, async () =>
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", UserTokens.ForOperator(Keys.Of(_data).Services, TimeProvider.System));
        var number = int.Parse(gateway["gateway-".Length..], CultureInfo.InvariantCulture);
        using var answer = await http.PostAsync(new Uri(Topology.Operators[number - 1], "/admin/drain"), null);
        answer.EnsureSuccessStatusCode();
    });

    /// <summary>Kills a process, or makes it hang; it is there again once the result was disposed of.</summary>
    public async Task<IAsyncDisposable> TakeAwayAsync(string service, bool killed)
    {
        var process = Topology.Services[service];
        if (killed)
        {
            process.LeaveWhenItEnds();
            process.Kill();
            return new Again(async () =>
            {
                await Topology.StartServiceAsync(service);
                lock (_kills)
                {
                    // Another process, with a count of its own.
                    _kills.Remove(service);
                }
            });
        }

        await SignalAsync(process, "STOP");
        return new Again(() => SignalAsync(process, "CONT"));
    }

    /// <summary>Waits until all services are up, and fails when one of them ended that no test killed.</summary>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        await Topology.HealthyAsync(cancellationToken);
        foreach (var service in Topology.Services.Values)
        {
            Assert.True(
                service.Restarts == _kills.GetValueOrDefault(service.Name),
                $"{service.Name} ended by itself. {string.Join(" | ", Said)}{Environment.NewLine}"
                    + string.Join(Environment.NewLine, File.ReadLines(service.LogFile).Where(line => line.Contains("Unhandled", StringComparison.Ordinal))));
        }
    }

    private async Task EndAsync(string service, Func<Task> end)
    {
        lock (_kills)
        {
            _kills[service] = _kills.GetValueOrDefault(service) + 1;
        }

        var process = Topology.Services[service];
        var restarts = process.Restarts;
        await end();
        await Eventually.TrueAsync(() => process.Restarts > restarts);
    }

    private static async Task SignalAsync(ServiceProcess process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.ProcessId}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Creates a group; the first user owns it.</summary>
    internal async Task<string> CreateGroupAsync(IReadOnlyList<string> users, CancellationToken cancellationToken)
    {
        var group = $"e2e-{Guid.NewGuid():N}";
        using var api = GatewayApi.OnLoopback(Topology.Gateways[0], Topology.TokenFor(users[0]));
        await api.CreateGroupAsync(group, "Demo", cancellationToken);
        await api.AddMembersAsync(group, users.Skip(1), cancellationToken);
        return group;
    }

    /// <summary>Unique user ids.</summary>
    internal static List<string> Users(string prefix, int count) => [.. Enumerable.Range(0, count).Select(number => $"{prefix}-{number}-{Guid.NewGuid():N}")];

    /// <summary>REST of a gateway, as a user.</summary>
    internal HttpClient Http(string user, int gateway = 0)
    {
        var http = new HttpClient { BaseAddress = Topology.Gateways[gateway] };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Topology.TokenFor(user));
        return http;
    }

    /// <summary>What a service shows when it calls another.</summary>
    internal Metadata ServiceToken(ServiceDescriptor service) =>
        new() { { "authorization", $"Bearer {UserTokens.ForService(Keys.Of(_data).Services, service.FullName, TimeProvider.System)}" } };

    /// <summary>A connected SignalR client that repairs nothing.</summary>
    internal async Task<TestClient> ConnectPlainlyAsync(string user, int gateway, CancellationToken cancellationToken)
    {
        var client = new TestClient(Hub(gateway, Topology.TokenFor(user)));
        await client.Hub.StartAsync(cancellationToken);
        return client;
    }

    /// <summary>A connection to the hub that is not started.</summary>
    internal HubConnection Hub(int gateway, string? token) => new HubConnectionBuilder()
        .WithUrl(new Uri(Topology.Gateways[gateway], HubContract.Path), http =>
        {
            (http.Transports, http.SkipNegotiation) = (HttpTransportType.WebSockets, true);
            http.AccessTokenProvider = () => Task.FromResult(token);
        })
        .Build();

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

    private sealed class Again(Func<Task> bringBack) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await bringBack();
    }
}

// Alone: these tests kill processes and count every record on the bus.
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OneTopology : ICollectionFixture<TopologyFixture>
{
    public const string Name = "topology";
}
