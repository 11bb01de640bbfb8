using System.Net.WebSockets;
using System.Text;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Gateway;

/// <summary>R10: a client cannot write the log, and one that only sends what is refused is not listened to for ever.</summary>
[UsesGivenKafka]
public sealed class RefusedCallTests(KafkaFixture kafka)
{
    private const int Calls = 100_000;
    private const int LogBound = 100 * 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Refused => new()
    {
        { "no such method", """{"type":1,"invocationId":"1","target":"NoSuchMethod","arguments":[]}""" },
        { "malformed arguments", """{"type":1,"invocationId":"1","target":"SendMessage","arguments":[1,2,3]}""" },
        { "a malformed id", """{"type":1,"invocationId":"1","target":"SendMessage","arguments":["g#","c","x"]}""" },
        { "not a member", """{"type":1,"invocationId":"1","target":"GetHistory","arguments":["strange",{"after":0},1]}""" },
        { "no positions", """{"type":1,"invocationId":"1","target":"Resume","arguments":[null]}""" },
    };

    [Fact(Timeout = 180_000)]
    public async Task R10_a_hundred_thousand_refused_calls_write_next_to_nothing()
    {
        await using var services = await FakeServices.StartAsync(TestContext.Current.CancellationToken);
        await using var gateway = await GatewayProcess.StartAsync(
            kafka, services, FreePort.Next(), ("Logging__LogLevel__Default", "Information"), ("Gateway__RefusalsInARow", "1000000"));
        var written = 0L;
        gateway.Process.OutputDataReceived += (_, line) => Interlocked.Add(ref written, line.Data?.Length ?? 0);

        await Task.WhenAll(Refused.Select(row => SendAsync(gateway, row.Data.Item1.Replace(' ', '-'), row.Data.Item2, Calls / Refused.Count)));
        await SendAsync(gateway, "positions", Positions(), 20);

        Assert.InRange(written, 0, LogBound);
    }

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Refused))]
    public async Task R10_a_connection_that_only_sends_refused_calls_is_closed(string why, string call)
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, ("Gateway:RefusalsInARow", "20"));
        using var refused = TestTelemetry.Count(gateway.App.Services, "connectchat.calls.refused");
        var logs = CollectedLogs.Of(gateway.App.Services);
        using var raw = await RawClient.ConnectAsync(gateway, "ann");
        for (var i = 0; i < 19; i++)
        {
            await raw.SendAsync(call + RawClient.End);
            Assert.Contains("HubException", await AnswerAsync(raw), StringComparison.Ordinal);
        }

        // One that is accepted, and it begins anew.
        await raw.SendAsync("""{"type":1,"invocationId":"1","target":"Resume","arguments":[[]]}""" + RawClient.End);
        Assert.Contains("\"result\"", await AnswerAsync(raw), StringComparison.Ordinal);
        for (var i = 0; i < 20; i++)
        {
            await raw.SendAsync(call + RawClient.End);
        }

        while (raw.Socket.State == WebSocketState.Open)
        {
            await raw.ReceiveAsync();
        }

        Assert.Equal((WebSocketCloseStatus)1008, raw.Socket.CloseStatus);
        Assert.Equal(39, refused.Sum);
        Assert.True(logs.Failures().Count == 0, why);
        await raw.Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Token);
    }

    [Fact(Timeout = 60_000)]
    public async Task R10_what_the_service_cannot_do_is_not_held_against_the_client()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, ("Gateway:RefusalsInARow", "3"));
        await using var ann = await gateway.ConnectAsync("ann");
        await gateway.Services.DisposeAsync();
        for (var i = 0; i < 10; i++)
        {
            var refusal =
                await Assert.ThrowsAnyAsync<Exception>(() => ann.CallAsync<HistoryPage>(HubContract.GetHistory, "g", new HistoryPosition { After = 0 }, 1));
            Assert.Contains(ErrorCodes.Unavailable, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Theory(Timeout = 60_000)]
    [InlineData("garbage")]
    [InlineData("{\"type\":1,\"target\":7}\u001e")]
    [InlineData("{\"type\":99}\u001e")]
    public async Task R10_what_is_not_the_protocol_ends_the_connection_and_writes_no_failure(string text)
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        var logs = CollectedLogs.Of(gateway.App.Services);
        using var raw = await RawClient.ConnectAsync(gateway, "ann");
        await Eventually.TrueAsync(() => gateway.Connections.Count == 1);

        await raw.SendAsync(text == "garbage" ? new string('x', (1 << 20) + 1) : text);
        await Eventually.TrueAsync(() => gateway.Connections.Count == 0 || text.Contains("99", StringComparison.Ordinal));

        Assert.Empty(logs.Failures());
    }

    private static string Positions()
    {
        var positions = string.Join(',', Enumerable.Range(0, Limits.GroupsPerResume).Select(group => $$"""{"groupId":"strange-{{group}}","lastSequence":0}"""));
        return $$"""{"type":1,"invocationId":"1","target":"Resume","arguments":[[{{positions}}]]}""";
    }

    private static async Task<string> AnswerAsync(RawClient raw)
    {
        while (true)
        {
            var answer = await raw.ReceiveAsync();
            if (answer.Contains("\"invocationId\":\"1\"", StringComparison.Ordinal))
            {
                return answer;
            }
        }
    }

    // All calls, a hundred per frame, while the answers are read.
    private static async Task SendAsync(GatewayProcess gateway, string user, string call, int count)
    {
        const int AtOnce = 100;
        using var socket = new ClientWebSocket();
        var address = $"{gateway.Address.Replace("http", "ws", StringComparison.Ordinal)}{HubContract.Path}?access_token={GatewayHost.Token(user)}";
        await socket.ConnectAsync(new Uri(address), Token);
        await socket.SendAsync(Encoding.UTF8.GetBytes($$"""{"protocol":"json","version":1}{{RawClient.End}}"""), WebSocketMessageType.Text, true, Token);
        var frame = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(call + RawClient.End, Math.Min(AtOnce, Math.Max(1, (1 << 19) / call.Length)))));
        var perFrame = frame.AsSpan().Count((byte)RawClient.End);
        var reading = ReadAsync(socket, count);
        for (var sent = 0; sent < count; sent += perFrame)
        {
            await socket.SendAsync(frame, WebSocketMessageType.Text, true, Token);
        }

        await reading;
    }

    private static async Task ReadAsync(ClientWebSocket socket, int answers)
    {
        var buffer = new byte[64 * 1024];
        using var text = new MemoryStream();
        for (var seen = 0; seen < answers;)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
            deadline.CancelAfter(Eventually.Deadline);
            var part = await socket.ReceiveAsync(buffer, deadline.Token);
            Assert.NotEqual(WebSocketMessageType.Close, part.MessageType);
            text.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                seen += Encoding.UTF8.GetString(text.ToArray()).Split("\"invocationId\":\"1\"").Length - 1;
                text.SetLength(0);
            }
        }
    }
}
