using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.Tests.CommandLine;

/// <summary>F10: every run has a dashboard of its own, or says why not.</summary>
[Collection(OneTopology.Name)]
public sealed class DashboardTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("connectchat-dashboard-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public void F10_runs_on_different_ports_have_dashboards_on_different_ports()
    {
        Assert.Equal(Dashboard.Usual, Ports.From(5300, 2).Dashboard);

        var all = new[] { 5300, 6300 }.SelectMany(basePort =>
        {
            var ports = Ports.From(basePort, 10);
            return ports.Gateways.Concat(ports.Dashboard.Ports).Concat(
                [ports.GroupsHttp, ports.GroupsGrpc, ports.MessagingHttp, ports.MessagingGrpc, ports.Kafka, ports.DynamoDb]);
        }).ToList();
        Assert.Equal(all.Count, all.Distinct().Count());
    }

    [Fact(Timeout = 240_000)]
    public async Task F10_a_run_whose_dashboard_ports_are_taken_says_so_and_sends_nothing_there()
    {
        var basePort = BasePorts.Free();
        var usual = Ports.From(basePort, 1).Dashboard;
        Assert.SkipWhen(usual.StartInfo() is null, "The dashboard's package of this platform was not restored.");

        // The dashboard of another run: whatever connects to it would be a span of this one.
        using var other = new TcpListener(IPAddress.Loopback, usual.OtlpGrpc);
        other.Start();
        var said = new ConcurrentQueue<string>();
        await using var topology = await Topology.StartAsync(
            new TopologyOptions { DataDirectory = _data, BasePort = basePort, Gateways = 1, Dashboard = true, Say = said.Enqueue }, Token);

        Assert.Contains(said, line => line.StartsWith($"port {usual.OtlpGrpc} is in use by", StringComparison.Ordinal));
        Assert.NotEqual(usual.Url, topology.DashboardUrl);
        Assert.Equal(topology.DashboardUrl, RunState.Of(_data).Dashboard);
        if (topology.DashboardUrl is not null)
        {
            Assert.Contains(said, line => line.Contains(topology.DashboardUrl, StringComparison.Ordinal));
        }

        if (OperatingSystem.IsLinux())
        {
            foreach (var service in topology.Services.Values.Where(service => service.Name is "groups" or "messaging" or "gateway-1"))
            {
                var environment = (await File.ReadAllTextAsync($"/proc/{service.ProcessId}/environ", Token)).Split('\0');
                Assert.DoesNotContain($"OTEL_EXPORTER_OTLP_ENDPOINT={usual.OtlpUrl}", environment);
            }
        }

        Assert.False(other.Pending(), "Something was sent to the other run's dashboard.");
    }
}
