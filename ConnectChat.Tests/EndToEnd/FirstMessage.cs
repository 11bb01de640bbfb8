using System.Net.Http.Headers;
using ConnectChat.LocalCluster.Clients;
using ConnectChat.LocalCluster.Topologies;
using ConnectChat.LocalCluster.Tracing;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>A topology that has just started, with a dashboard, and the first message through it, once its trace is complete.</summary>
public sealed class FirstMessage : IAsyncLifetime
{
    internal const string Group = "first-message";
    internal const string Body = "what ann says to ben";
    internal const string Ann = "user-ann";
    internal const string Ben = "user-ben";
    internal const string Cid = "user-cid";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private readonly string _data = Directory.CreateTempSubdirectory("connectchat-first-").FullName;
    private Topology? _topology;
    private DashboardReader? _dashboard;
    private MessageTrace? _trace;

    internal DashboardReader Dashboard
    {
        get
        {
            Assert.SkipWhen(_dashboard is null, "The dashboard's CLI is not installed (npm ci --prefix tools).");
            return _dashboard;
        }
    }

    internal string ClientMessageId { get; private set; } = "";

    internal MessageTrace Trace => _trace!;

    /// <summary>What the services wrote on their consoles.</summary>
    internal string Console => string.Concat(_topology!.Services.Values.Select(service => File.ReadAllText(service.LogFile)));

    public async ValueTask InitializeAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        _topology = await Topology.StartAsync(new TopologyOptions { DataDirectory = _data, Dashboard = true }, deadline.Token);
        if (_topology.DashboardUrl is null)
        {
            return;
        }

        using (var api = GatewayApi.OnLoopback(_topology.Gateways[0], _topology.TokenFor(Ann)))
        {
            await api.CreateGroupAsync(Group, "Demo", deadline.Token);
            await api.AddMembersAsync(Group, [Ben, Cid], deadline.Token);
        }

        await RemoveAsync(Cid, deadline.Token);

        await using var ann = await TestClient.ConnectAsync(_topology.Gateways[0], _topology.TokenFor(Ann), deadline.Token);
        await using var ben = await TestClient.ConnectAsync(_topology.Gateways[1], _topology.TokenFor(Ben), deadline.Token);
        ClientMessageId = (await ann.SendAsync(Group, Body)).ClientMessageId;
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

    // The one call whose path names a user.
    private async Task RemoveAsync(string user, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = _topology!.Gateways[0] };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _topology.TokenFor(Ann));
        using var removed = await http.DeleteAsync(new Uri($"groups/{Group}/members/{user}", UriKind.Relative), cancellationToken);
        removed.EnsureSuccessStatusCode();
    }
}
