using System.Diagnostics;
using ConnectChat.Contracts;
using ConnectChat.LocalCluster.Clients;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.Benchmarks;

/// <summary>A topology with a data directory of its own, which goes with it.</summary>
internal sealed class MeasuredTopology : IAsyncDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("connectchat-bench-");
    private Topology? _topology;

    /// <summary>The bus that was given by <c>CONNECTCHAT_KAFKA</c>; null for the embedded broker.</summary>
    public static string? GivenKafka { get; } = Environment.GetEnvironmentVariable("CONNECTCHAT_KAFKA");

    /// <summary>It in words.</summary>
    public static string Broker => GivenKafka is null ? "the embedded broker" : "a Kafka broker";

    public Topology Topology => _topology!;

    /// <summary>Starts it.</summary>
    /// <param name="options">What it consists of; gets the data directory.</param>
    public static async Task<MeasuredTopology> StartAsync(Func<string, TopologyOptions> options)
    {
        var measured = new MeasuredTopology();
        try
        {
            measured._topology = await Topology.StartAsync(options(measured._data.FullName));
            return measured;
        }
        catch
        {
            await measured.DisposeAsync();
            throw;
        }
    }

    /// <summary>A group; the first user owns it.</summary>
    public async Task CreateGroupAsync(string groupId, IReadOnlyList<string> users)
    {
        using var owner = GatewayApi.OnLoopback(Topology.Gateways[0], Topology.TokenFor(users[0]));
        await owner.CreateGroupAsync(groupId, "Benchmark", CancellationToken.None);
        foreach (var some in users.Skip(1).Chunk(Limits.MembersPerChange))
        {
            await owner.AddMembersAsync(groupId, some, CancellationToken.None);
        }
    }

    /// <summary>The processor time of each service so far; the dashboard is none.</summary>
    public Dictionary<string, TimeSpan> ProcessorTime() => Topology.Services.Values.Where(service => service.Name != "dashboard").ToDictionary(
        service => service.Name,
        service =>
        {
            using var process = Process.GetProcessById(service.ProcessId);
            return process.TotalProcessorTime;
        });

    public async ValueTask DisposeAsync()
    {
        if (_topology is not null)
        {
            await _topology.DisposeAsync();
        }

        _data.Delete(recursive: true);
    }
}
