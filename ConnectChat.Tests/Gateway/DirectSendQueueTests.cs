using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ConnectChat.Contracts;
using ConnectChat.Gateway.SendQueues;
using ConnectChat.Gateway.Telemetry;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace ConnectChat.Tests.Gateway;

/// <summary>What leaves on a direct connection, frame by frame on a real socket: in which order (R16), and how much may wait for it (M2).</summary>
public sealed class DirectSendQueueTests : IAsyncLifetime
{
    private const int FirstFragment = 0x01;
    private const int LastFragment = 0x80;
    private const int WholeText = 0x81;
    private const int CloseFrame = 0x88;
    private const int NormalClosure = 1000;

    private readonly GatewayTelemetry _telemetry = TestTelemetry.Gateway();
    private readonly FakeTimeProvider _clock = new();
    private Socket _server = null!;
    private Socket _client = null!;
    private DirectSendQueue _queue = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await _client.ConnectAsync(listener.LocalEndpoint, Token);
        _server = await listener.AcceptSocketAsync(Token);
        _queue = new DirectSendQueue(_server, _server.Dispose, new SendQueueBounds(100, 1 << 20), _telemetry, _clock);
        _queue.Use(new JsonHubProtocol());
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        _server.Dispose();
        _telemetry.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact(Timeout = 30_000)]
    public async Task R16_a_close_while_a_reply_is_open_leaves_after_the_end_of_the_reply()
    {
        await WriteAsync(WholeText, "{}");
        await WriteAsync(FirstFragment, "half a ");

        _queue.Close(CloseCodes.Draining);
        await WriteAsync(LastFragment, "reply");
        await WriteAsync(WholeText, "too late");

        Assert.Equal(
            [(WholeText, "{}"), (FirstFragment, "half a "), (LastFragment, "reply"), (CloseFrame, $"{CloseCodes.Draining.Code}")], await ReadToCloseAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task R16_a_close_before_the_handshakes_answer_leaves_after_it()
    {
        _queue.Close(CloseCodes.Draining);
        await WriteAsync(WholeText, "{}");

        Assert.Equal([(WholeText, "{}"), (CloseFrame, $"{CloseCodes.Draining.Code}")], await ReadToCloseAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task R16_a_reply_that_is_given_up_with_a_close_of_signalrs_own_ends_with_ours()
    {
        await WriteAsync(WholeText, "{}");
        await WriteAsync(FirstFragment, "half a ");

        _queue.Close(CloseCodes.Draining);
        await _queue.WriteAsync(new byte[] { CloseFrame, 2, NormalClosure >> 8, NormalClosure & 0xff }, Token);

        Assert.Equal([(WholeText, "{}"), (FirstFragment, "half a "), (CloseFrame, $"{CloseCodes.Draining.Code}")], await ReadToCloseAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_client_that_does_not_answer_a_close_is_waited_for_two_seconds()
    {
        await WriteAsync(WholeText, "{}");
        _queue.Close(CloseCodes.Draining);
        await ReadToCloseAsync();

        _clock.Advance(TimeSpan.FromSeconds(1.9));
        Assert.True(_server.Connected);
        _clock.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal(0, await _client.ReceiveAsync(new byte[1], Token));
    }

    [Fact(Timeout = 30_000)]
    public async Task What_is_gathered_leaves_together_in_order_and_before_what_comes_after_it()
    {
        var gathering = new FrameGathering();
        await WriteAsync(WholeText, "{}");
        Assert.Equal("{}", (await ReadFrameAsync()).Payload);

        Assert.True(_queue.TryEnqueue(Message("one"), gathering));
        Assert.True(_queue.TryEnqueue(Message("two"), gathering));
        await Task.Delay(50, Token);
        Assert.Equal(0, _client.Available);

        gathering.Send();
        Assert.True(_queue.TryEnqueue(Message("three"), gathering));
        await WriteAsync(WholeText, "reply");
        Assert.True(_queue.TryEnqueue(Message("four"), gathering));
        _queue.Close(CloseCodes.Draining);

        var frames = await ReadToCloseAsync();
        Assert.Equal(["one", "two", "three", "reply", "four"], frames.SkipLast(1).Select(frame => Target(frame.Payload)));
    }

    [Fact(Timeout = 30_000)]
    public async Task What_is_gathered_for_a_client_that_reads_slowly_arrives_whole_and_in_order()
    {
        const int Frames = 60;
        _server.SendBufferSize = 8 * 1024;
        await WriteAsync(WholeText, "{}");
        await ReadFrameAsync();
        var gathering = new FrameGathering();
        var expected = new MemoryStream();
        for (var i = 0; i < Frames; i++)
        {
            var message = Message($"{i}-{new string('x', 15_000)}");
            expected.Write(message.FrameFor(new JsonHubProtocol()));
            Assert.True(_queue.TryEnqueue(message, i % 5 == 4 ? null : gathering));
            if (i % 3 == 2)
            {
                gathering.Send();
            }
        }

        gathering.Send();
        Assert.Equal(expected.ToArray(), await ReadAsync((int)expected.Length));
    }

    // The kernel takes some of it from a socket that is free; nothing leaves before the handshake's answer.
    [Theory(Timeout = 30_000)]
    [InlineData("answer", 5, 100, 100)]
    [InlineData("answer", 100_000, 10, 10)]
    [InlineData("client", 5, 100, 20_000)]
    [InlineData("client", 100_000, 10, 40)]
    public async Task M2_what_waits_for_the_handshakes_answer_or_a_client_that_does_not_read_is_bounded_in_frames_and_bytes(
        string waitsFor, int bytes, int least, int most)
    {
        (_server.SendBufferSize, _client.ReceiveBufferSize) = (8 * 1024, 8 * 1024);
        if (waitsFor == "client")
        {
            await WriteAsync(WholeText, "{}");
        }

        var message = Message(new string('x', bytes));
        var queued = Enumerable.Range(0, most + 1).TakeWhile(_ => _queue.TryEnqueue(message)).Count();

        Assert.InRange(queued, least, most);
        Assert.False(_queue.TryEnqueue(message));
    }

    private static string Target(string payload) =>
        payload.StartsWith('{') ? JsonDocument.Parse(payload.TrimEnd('\u001e')).RootElement.GetProperty("target").GetString()! : payload;

    private static OutboundMessage Message(string target) => new(target);

    private ValueTask WriteAsync(int first, string text) => _queue.WriteAsync((byte[])[(byte)first, (byte)text.Length, .. Encoding.UTF8.GetBytes(text)], Token);

    // Frames of a server have no mask, and these are short: two bytes of header.
    private async Task<List<(int First, string Payload)>> ReadToCloseAsync()
    {
        var frames = new List<(int, string)>();
        while (frames.Count == 0 || frames[^1].Item1 != CloseFrame)
        {
            frames.Add(await ReadFrameAsync());
        }

        return frames;
    }

    private async Task<(int First, string Payload)> ReadFrameAsync()
    {
        var header = await ReadAsync(2);
        var payload = await ReadAsync(header[1]);
        return (header[0], header[0] == CloseFrame ? $"{(payload[0] << 8) | payload[1]}" : Encoding.UTF8.GetString(payload));
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            var more = await _client.ReceiveAsync(bytes.AsMemory(read), Token);
            Assert.True(more > 0, "The connection ended before a close frame.");
            read += more;
        }

        return bytes;
    }
}
