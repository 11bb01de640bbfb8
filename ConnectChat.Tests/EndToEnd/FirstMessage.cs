using ConnectChat.LocalCluster.Demo;
using ConnectChat.LocalCluster.Topologies;
using ConnectChat.LocalCluster.Tracing;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>A topology that has just started, with a dashboard, and the first message through it, of ann to ben, once its trace is complete.</summary>
public sealed class FirstMessage : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private readonly string _data = Directory.CreateTempSubdirectory("connectchat-first-").FullName;
    private Topology? _topology;
    private DashboardReader? _dashboard;
    private MessageTrace? _trace;

    internal static string Group => "first-message";

    internal DashboardReader Dashboard
    {
        get
        {
            Assert.SkipWhen(_dashboard is null, "The dashboard's CLI is not installed (npm ci --prefix tools).");
            return _dashboard;
        }
    }

    internal MessageTrace Trace => _trace!;

    public async ValueTask InitializeAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        _topology = await Topology.StartAsync(new TopologyOptions { DataDirectory = _data, Dashboard = true }, deadline.Token);
        if (_topology.DashboardUrl is null)
        {
            return;
        }

        using (var api = new DemoApi(_topology.Gateways[0], _topology.TokenFor("ann")))
        {
            await api.CreateGroupAsync(Group, deadline.Token);
            await api.AddMembersAsync(Group, ["ben"], deadline.Token);
        }

        await using (var ann = new TracedClient(_topology.Gateways[0], _topology.TokenFor("ann"), () => { }))
        {
            await ann.ConnectAsync(deadline.Token);
            await ann.SendAsync(Group, "hello", deadline.Token);
        }

        _dashboard = new DashboardReader(_topology.DashboardUrl);
        _trace = Assert.Single(await _dashboard.MessagesAsync(Group, 1, _topology.Gateways.Count, deadline.Token));
    }

    public async ValueTask DisposeAsync()
    {
        _dashboard?.Dispose();
        if (_topology is not null)
        {
            await _topology.DisposeAsync();
        }

        Directory.Delete(_data, recursive: true);
    }
}
