using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Draining;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.Tests.Gateway;

[UsesGivenKafka]
public sealed class ConnectionEndTests(KafkaFixture kafka)
{
    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_does_not_read_is_cut_off_at_its_bound_and_costs_nobody_else_anything(bool direct)
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, ("Gateway:DirectWrites", $"{direct}"));
        var group = $"g-{Guid.NewGuid():N}";
        gateway.State.Join(group, "slow", "ann");
        using var slow = await RawClient.ConnectAsync(gateway, "slow");
        await Eventually.TrueAsync(() => gateway.Connections.Count == 1);
        await using var ann = await gateway.ConnectAsync("ann");
        var body = new string('x', 60_000);
        var sent = 0;
        while (gateway.Connections.Count > 1)
        {
            Assert.True(sent < 1_000, "the kernel's buffers and the bound are far below 60 MB");
            await gateway.SayAsync(group, body);
            Assert.Equal(++sent, (await ann.NextAsync()).Sequence);
        }

        Assert.True(sent > 10);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_drain_tells_every_connection_closes_with_1001_and_admits_nobody()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, ("Gateway:DrainWindow", "00:00:01"));
        var clients = new List<TestClient>();
        for (var i = 0; i < 10; i++)
        {
            clients.Add(await gateway.ConnectAsync($"u{i}", messagePack: i % 2 == 1));
        }

        using var raw = await RawClient.ConnectAsync(gateway, "raw");
        using var http = gateway.Http(GatewayHost.Token("late"));
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health", TestContext.Current.CancellationToken)).StatusCode);

        var drained = gateway.App.Services.GetRequiredService<Drain>().BeginAsync();
        using (var health = await http.GetAsync("/health", TestContext.Current.CancellationToken))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        }

        using (var negotiate = await http.PostAsync($"{HubContract.Path}/negotiate?negotiateVersion=1", null, TestContext.Current.CancellationToken))
        {
            await RefusalTests.AssertProblemAsync(negotiate, HttpStatusCode.ServiceUnavailable, ErrorCodes.Overloaded);
            Assert.NotNull(negotiate.Headers.RetryAfter);
        }

        var told = "";
        while (raw.Socket.State == WebSocketState.Open)
        {
            told += await raw.ReceiveAsync();
        }

        Assert.Contains("\"target\":\"Draining\"", told, StringComparison.Ordinal);
        Assert.Equal((WebSocketCloseStatus)1001, raw.Socket.CloseStatus);
        await raw.Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        foreach (var client in clients)
        {
            Assert.InRange(await client.Draining.Task.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken), 0, 3_000);
            await client.Closed.Task.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
            await client.DisposeAsync();
        }

        await drained.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
        Assert.Equal(0, gateway.Connections.Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_drain_waits_for_a_connection_that_is_still_opening_and_tells_it()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        var (asked, answer) = (NewSignal(), NewSignal());
        gateway.State.BeforeResolve = () =>
        {
            asked.TrySetResult();
            return answer.Task;
        };
        var connecting = RawClient.ConnectAsync(gateway, "late");
        await asked.Task.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);

        var drained = gateway.App.Services.GetRequiredService<Drain>().BeginAsync();
        answer.SetResult();
        using var late = await connecting;

        Assert.Contains("\"target\":\"Draining\"", await late.ReceiveAsync(), StringComparison.Ordinal);
        Assert.Empty(await late.ReceiveAsync());
        Assert.Equal((WebSocketCloseStatus)1001, late.Socket.CloseStatus);
        Assert.False(drained.IsCompleted, "the client has not answered the close yet");
        await late.Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        await drained.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);

        static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_full_gateway_refuses_with_retry_after()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, ("Gateway:MaximumConnections", "1"));
        await using var ann = await gateway.ConnectAsync("ann");
        using var http = gateway.Http(GatewayHost.Token("ben"));
        using var negotiate = await http.PostAsync($"{HubContract.Path}/negotiate?negotiateVersion=1", null, TestContext.Current.CancellationToken);
        await RefusalTests.AssertProblemAsync(negotiate, HttpStatusCode.ServiceUnavailable, ErrorCodes.Overloaded);
        Assert.NotNull(negotiate.Headers.RetryAfter);
    }

    [Fact(Timeout = 60_000)]
    public async Task It_is_not_ready_before_it_reads_every_partition_and_then_it_is()
    {
        var port = FreePort.Next();
        await using var gateway = await GatewayHost.LaunchAsync(kafka, ("ConnectionStrings:kafka", $"127.0.0.1:{port}"));
        using var http = gateway.Http(null);
        using (var early = await http.GetAsync("/health", TestContext.Current.CancellationToken))
        {
            var health = await early.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, early.StatusCode);
            Assert.Contains("\"outgoing-positions\":{\"status\":\"Unhealthy\"", health, StringComparison.Ordinal);
        }

        await using var broker = EmbeddedKafka.Start(port);
        await gateway.PositionedAsync();
        await Eventually.ReadyAsync(http);
    }

    [Fact(Timeout = 60_000)]
    public async Task Health_names_each_dependency_and_turns_with_it()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        using var http = gateway.Http(null);
        var ready = JsonDocument.Parse(await http.GetStringAsync("/health", TestContext.Current.CancellationToken)).RootElement.GetProperty("dependencies");
        foreach (var name in new[] { "kafka", "groups", "messaging", "outgoing-positions", "admission" })
        {
            Assert.Equal("Healthy", ready.GetProperty(name).GetProperty("status").GetString());
        }

        await gateway.Services.DisposeAsync();
        var down = JsonDocument.Parse(await Eventually.UnhealthyAsync(http, new Uri("/health", UriKind.Relative))).RootElement.GetProperty("dependencies");
        Assert.Contains("Unhealthy", new[] { "groups", "messaging" }.Select(name => down.GetProperty(name).GetProperty("status").GetString()));
    }

    [Fact(Timeout = 60_000)]
    public async Task However_many_ask_for_its_health_it_asks_each_dependency_about_once_a_second()
    {
        const int Callers = 64;
        const int Times = 50;
        await using var gateway = await GatewayHost.StartAsync(kafka);
        using var http = gateway.Http(null);
        await Eventually.ReadyAsync(http);
        var (before, begun) = (gateway.Services.HealthProbes, TimeProvider.System.GetTimestamp());

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            for (var i = 0; i < Times; i++)
            {
                using var response = await http.GetAsync("/health", TestContext.Current.CancellationToken);
                Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{response.StatusCode}");
            }
        }));

        // Groups and Messaging are the same stand-in here.
        var seconds = TimeProvider.System.GetElapsedTime(begun).TotalSeconds;
        Assert.InRange(gateway.Services.HealthProbes - before, 0, 2 * ((int)seconds + 2));
    }
}
