using ConnectChat.Contracts;
using ConnectChat.LocalCluster.Clients;
using ConnectChat.LocalCluster.Topologies;
using ConnectChat.LocalCluster.Tracing;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>What anyone sees of a message in the dashboard, read through its API.</summary>
[Collection(OneTopology.Name)]
public sealed class TraceTests : IDisposable
{
    private const int Messages = 100;
    private readonly string _data = Directory.CreateTempSubdirectory("connectchat-trace-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact(Timeout = 180_000)]
    public async Task Every_message_is_one_trace_with_one_publish_and_a_fan_out_on_every_gateway_and_nothing_tells_what_it_says()
    {
        const string Body = "the-body-that-nobody-else-may-read";
        await using var topology = await Topology.StartAsync(new TopologyOptions { DataDirectory = _data, Dashboard = true }, Token);
        if (topology.DashboardUrl is null)
        {
            Assert.Skip("The dashboard's package of this platform was not restored.");
        }

        var (group, tokens) = ($"traced-{Guid.NewGuid():N}", new[] { topology.TokenFor("ann"), topology.TokenFor("ben") });
        using (var api = GatewayApi.OnLoopback(topology.Gateways[0], tokens[0]))
        {
            await api.CreateGroupAsync(group, "Demo", Token);
            await api.AddMembersAsync(group, ["ben"], Token);
        }

        await SendAsync(topology, group, tokens, Body);

        using var dashboard = new DashboardReader(topology.DashboardUrl);
        var traces = await dashboard.MessagesAsync(group, Messages, topology.Gateways.Count, Token);
        Assert.Equal(Messages, traces.Count);
        Assert.All(traces, trace =>
        {
            Assert.Single(trace.Published);
            Assert.Equal(["gateway-1", "gateway-2"], trace.FanOuts.Select(MessageTrace.Gateway));
            Assert.All(trace.FanOuts, fanOut => Assert.Equal((1, 1), (MessageTrace.Delivered(fanOut), MessageTrace.Ignored(fanOut))));
            AssertChain(trace);
            AssertDisplayed(trace);
        });
        Assert.Equal(
            Enumerable.Range(1, Messages).Select(number => (long?)number),
            traces.Select(trace => trace.Published[0].Number("connectchat.sequence")).Order());

        // A message over REST reads alike.
        var posted = await PostAsync(topology, tokens[0], Body);
        AssertChain(Assert.Single(await dashboard.MessagesAsync(posted, 1, topology.Gateways.Count, Token)), "POST /groups/{groupId}/messages");

        foreach (var what in new[] { "traces", "spans", "logs" })
        {
            var said = await dashboard.RawAsync(what, ["groups", "messaging", "gateway-1", "gateway-2"], Token);
            Assert.DoesNotContain(Body, said, StringComparison.OrdinalIgnoreCase);
            Assert.All(tokens, token => Assert.DoesNotContain(token, said, StringComparison.Ordinal));
            Assert.DoesNotContain("eyJhbGciOi", said, StringComparison.Ordinal);
        }
    }

    // Step by step, each the child of the one before.
    private static void AssertChain(MessageTrace trace, string root = "ChatHub/SendMessage")
    {
        var call = Assert.Single(trace.Roots);
        Assert.Equal((root, "gateway-1", null), (call.Name, call.Service, call.ParentId));
        var send = Child(trace, call, $"send {Topics.Incoming}", "gateway-1");
        var process = Child(trace, send, $"process {Topics.Incoming}", "messaging");
        var ask = Child(trace, process, "connectchat.groups.v1.Groups/GetRecipients", "messaging");
        Child(trace, ask, "POST /connectchat.groups.v1.Groups/GetRecipients", "groups");
        Child(trace, process, "TransactWriteItems connectchat-history", "messaging");
        var publish = Child(trace, process, $"send {Topics.Outgoing}", "messaging");
        Assert.All(trace.FanOuts, fanOut => Assert.Equal(publish.Id, fanOut.ParentId));
    }

    // The page that QA looks at: one send to the outgoing topic, and a fan-out that is not called a send, on each gateway.
    private static void AssertDisplayed(MessageTrace trace) => Assert.Equal(
        [
            $"MSG kafka fan-out {Topics.Outgoing}",
            $"MSG kafka fan-out {Topics.Outgoing}",
            $"MSG kafka process {Topics.Incoming}",
            $"MSG kafka send {Topics.Incoming}",
            $"MSG kafka send {Topics.Outgoing}",
        ],
        trace.Spans.Select(DisplayedName.Of).Where(name => name.StartsWith("MSG", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    private static Span Child(MessageTrace trace, Span parent, string name, string service)
    {
        var child = Assert.Single(trace.Children(parent), span => span.Name == name);
        Assert.Equal(service, child.Service);
        return child;
    }

    private static async Task<string> PostAsync(Topology topology, string token, string body)
    {
        var group = $"posted-{Guid.NewGuid():N}";
        using var api = GatewayApi.OnLoopback(topology.Gateways[0], token);
        await api.CreateGroupAsync(group, "Demo", Token);
        await api.SendAsync(group, "posted", body, Token);
        return group;
    }

    // One client per gateway, so that each delivers to one recipient and ignores the other. Each message is sent when the one before has
    // arrived: messages that wait for each other share what is done for all of them, and only the first one's trace shows it.
    private static async Task SendAsync(Topology topology, string group, string[] tokens, string body)
    {
        var clients = await Task.WhenAll(tokens.Select((token, i) => TestClient.ConnectAsync(topology.Gateways[i], token, Token)));
        try
        {
            for (var i = 0; i < Messages; i++)
            {
                await clients[0].SendAsync(group, $"{body}-{i}");
                await Task.WhenAll(clients.Select(client => client.NextAsync()));
            }
        }
        finally
        {
            await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));
        }
    }
}
