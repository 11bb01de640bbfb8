using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using ConnectChat.Contracts.Hub;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.LocalCluster.Topologies;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Gateway;

[UsesGivenKafka]
public sealed class GatewayProcessTests(KafkaFixture kafka)
{
    [Theory(Timeout = 60_000)]
    [InlineData("SIGTERM")]
    [InlineData("POST /admin/drain")]
    public async Task A_gateway_that_is_told_to_stop_drains_before_its_process_ends(string how)
    {
        await using var services = await FakeServices.StartAsync(TestContext.Current.CancellationToken);
        var (port, operators) = (FreePort.Next(), FreePort.Next());
        await using var gateway = await GatewayProcess.StartAsync(
            kafka,
            services,
            port,
            ("Gateway__DrainWindow", "00:00:00.5"),
            ("Kestrel__Endpoints__http__Url", $"http://127.0.0.1:{port}"),
            ("Kestrel__Endpoints__operators__Url", $"http://127.0.0.1:{operators}"));
        using var socket = await OpenAsync(gateway, "ann");
        if (how == "SIGTERM")
        {
            using var terminate = Process.Start("kill", ["-TERM", $"{gateway.Process.Id}"]);
        }
        else
        {
            using var http = new HttpClient();
            var drain = new Uri($"http://127.0.0.1:{operators}/admin/drain");
            http.DefaultRequestHeaders.Authorization = new("Bearer", UserTokens.ForService(GatewayHost.InternalKey, "any", TimeProvider.System));
            using var service = await http.PostAsync(drain, null, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Unauthorized, service.StatusCode);
            http.DefaultRequestHeaders.Authorization = new("Bearer", UserTokens.ForOperator(GatewayHost.InternalKey, TimeProvider.System));
            using var elsewhere = await http.PostAsync(new Uri($"{gateway.Address}/admin/drain"), null, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
            using var accepted = await http.PostAsync(drain, null, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        }

        var told = "";
        var buffer = new byte[4096];
        while (socket.State == WebSocketState.Open)
        {
            var part = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            told += Encoding.UTF8.GetString(buffer, 0, part.Count);
        }

        Assert.Contains(HubContract.Draining, told, StringComparison.Ordinal);
        Assert.Equal((WebSocketCloseStatus)1001, socket.CloseStatus);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        await gateway.Process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
        Assert.Equal(0, gateway.Process.ExitCode);
    }

    private static async Task<ClientWebSocket> OpenAsync(GatewayProcess gateway, string user)
    {
        var socket = new ClientWebSocket();
        var address = $"{gateway.Address.Replace("http", "ws", StringComparison.Ordinal)}{HubContract.Path}?access_token={GatewayHost.Token(user)}";
        await socket.ConnectAsync(new Uri(address), TestContext.Current.CancellationToken);
        await socket.SendAsync(
            Encoding.UTF8.GetBytes("{\"protocol\":\"json\",\"version\":1}\u001e"), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        await socket.ReceiveAsync(new byte[64], TestContext.Current.CancellationToken);

        // The handshake is answered before the gateway has registered the connection, calls are answered after: only then a drain knows it.
        await socket.SendAsync(
            Encoding.UTF8.GetBytes("{\"type\":1,\"invocationId\":\"1\",\"target\":\"NoSuchMethod\",\"arguments\":[]}\u001e"),
            WebSocketMessageType.Text,
            true,
            TestContext.Current.CancellationToken);
        var (answer, buffer) = ("", new byte[4096]);
        while (!answer.Contains("\"invocationId\":\"1\"", StringComparison.Ordinal))
        {
            answer = Encoding.UTF8.GetString(buffer, 0, (await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken)).Count);
        }

        return socket;
    }
}
