using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Contracts.Recipients;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.Tests.Infrastructure;
using Google.Protobuf;

namespace ConnectChat.Tests.Gateway;

public sealed class GatewayProcessTests(KafkaFixture kafka, ITestOutputHelper output)
{
    [Theory(Timeout = 60_000)]
    [InlineData("SIGTERM")]
    [InlineData("POST /admin/drain")]
    public async Task A_gateway_that_is_told_to_stop_drains_before_its_process_ends(string how)
    {
        await using var services = await FakeServices.StartAsync();
        await using var gateway = await GatewayProcess.StartAsync(kafka, services, FreePort.Next(), ("Gateway__DrainWindow", "00:00:00.5"));
        using var socket = await OpenAsync(gateway, "ann");
        if (how == "SIGTERM")
        {
            using var terminate = Process.Start("kill", ["-TERM", $"{gateway.Process.Id}"]);
        }
        else
        {
            using var http = new HttpClient();
            http.DefaultRequestHeaders.Authorization = new("Bearer", GatewayHost.Token("dashboard", GatewayHost.InternalKey, "dashboard", "connectchat-internal"));
            using var accepted = await http.PostAsync(new Uri($"{gateway.Address}/admin/drain"), null, TestContext.Current.CancellationToken);
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

    /// <summary>CPU of the gateway's process, its Kafka client included, per delivered frame: 20 messages/s to 500 sockets. Run by hand, in Release.</summary>
    [Theory(Explicit = true)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cost_of_a_delivered_frame_when_paced(bool direct)
    {
        const int sockets = 500;
        const int messages = 200;
        await using var services = await FakeServices.StartAsync();
        await using var gateway = await GatewayProcess.StartAsync(kafka, services, FreePort.Next(), ("Gateway__DirectWrites", $"{direct}"));
        var group = $"g-{Guid.NewGuid():N}";
        var users = Enumerable.Range(0, sockets).Select(user => $"user-{user}").ToArray();
        services.State.Join(group, users);
        var received = 0;
        var clients = new List<ClientWebSocket>();
        foreach (var user in users)
        {
            var socket = await OpenAsync(gateway, user);
            clients.Add(socket);
            _ = CountAsync(socket);
        }

        using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers, LingerMs = 0 }).Build();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        await RunAsync(100);
        Interlocked.Exchange(ref received, 0);
        gateway.Process.Refresh();
        var before = gateway.Process.TotalProcessorTime;
        var startedAt = Stopwatch.GetTimestamp();
        await RunAsync(messages);
        await Eventually.TrueAsync(() => Volatile.Read(ref received) >= sockets * messages);
        gateway.Process.Refresh();
        var cpu = gateway.Process.TotalProcessorTime - before;
        output.WriteLine($"direct={direct}: {cpu.TotalMicroseconds / received:F2} us/frame, {received} frames in {Stopwatch.GetElapsedTime(startedAt).TotalSeconds:F1} s, working set {gateway.Process.WorkingSet64 >> 20} MiB");
        clients.ForEach(client => client.Dispose());

        async Task CountAsync(ClientWebSocket socket)
        {
            var buffer = new byte[8192];
            while (socket.State == WebSocketState.Open)
            {
                var part = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
                Interlocked.Add(ref received, buffer.AsSpan(0, part.Count).Count("MessageReceived"u8));
            }
        }

        async Task RunAsync(int count)
        {
            var numbers = users.Select(services.State.Number).Order().ToArray();
            for (var i = 0; i < count; i++)
            {
                await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);
                var message = services.State.Write(group, new string('x', 60));
                producer.Produce(Topics.Outgoing, new Message<string, byte[]>
                {
                    Key = group,
                    Value = message.ToByteArray(),
                    Headers = new Headers
                    {
                        { RecordHeaders.Recipients, RecipientSet.Encode(numbers) },
                        { RecordHeaders.Sequence, Encoding.ASCII.GetBytes(message.Sequence.ToString(CultureInfo.InvariantCulture)) },
                    },
                });
            }
        }
    }

    private static async Task<ClientWebSocket> OpenAsync(GatewayProcess gateway, string user)
    {
        var socket = new ClientWebSocket();
        var address = $"{gateway.Address.Replace("http", "ws", StringComparison.Ordinal)}{HubContract.Path}?access_token={GatewayHost.Token(user)}";
        await socket.ConnectAsync(new Uri(address), TestContext.Current.CancellationToken);
        await socket.SendAsync(Encoding.UTF8.GetBytes("{\"protocol\":\"json\",\"version\":1}\u001e"), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        await socket.ReceiveAsync(new byte[64], TestContext.Current.CancellationToken);

        // The handshake is answered before the gateway has registered the connection, calls are answered after: only then a drain knows it.
        await socket.SendAsync(Encoding.UTF8.GetBytes("{\"type\":1,\"invocationId\":\"1\",\"target\":\"NoSuchMethod\",\"arguments\":[]}\u001e"), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        var (answer, buffer) = ("", new byte[4096]);
        while (!answer.Contains("\"invocationId\":\"1\"", StringComparison.Ordinal))
        {
            answer = Encoding.UTF8.GetString(buffer, 0, (await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken)).Count);
        }

        return socket;
    }
}
