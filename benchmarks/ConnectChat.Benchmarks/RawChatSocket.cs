using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ConnectChat.Contracts.Hub;

namespace ConnectChat.Benchmarks;

/// <summary>
/// A client that costs as little as one can, for it shares the processors with what is measured: a bare socket, whose bytes are searched for
/// what counts instead of parsed. Bodies begin with the time of the send, <c>t…;</c>.
/// </summary>
internal sealed class RawChatSocket : IDisposable
{
    private const byte End = 0x1e;
    private const int PauseMilliseconds = 1_000;

    private static readonly byte[] Delivery = "\"MessageReceived\""u8.ToArray();
    private static readonly byte[] Completion = "{\"type\":3,"u8.ToArray();
    private static readonly byte[] Refusal = "\"error\":"u8.ToArray();
    private static readonly byte[] Stamp = "\"body\":\"t"u8.ToArray();

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly SemaphoreSlim _window;
    private readonly Action<double>? _latency;
    private readonly Action<long>? _delivered;
    private readonly bool _pauses;
    private long _deliveries;
    private long _answered;
    private long _refused;
    private long _toldToPause;

    /// <param name="inFlight">Sends without an answer at most.</param>
    /// <param name="latency">Gets the milliseconds of each delivery; null saves the search.</param>
    /// <param name="delivered">Gets how many deliveries came at once.</param>
    /// <param name="pauses">Whether a refused send is followed by a pause, as the protocol asks for.</param>
    public RawChatSocket(int inFlight, Action<double>? latency, Action<long>? delivered = null, bool pauses = true)
    {
        _pauses = pauses;
        _delivered = delivered;
        _window = new SemaphoreSlim(inFlight);
        _latency = latency;
    }

    /// <summary>Messages delivered.</summary>
    public long Deliveries => Interlocked.Read(ref _deliveries);

    /// <summary>Sends that were answered with an error.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Sends that were answered.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Whether the gateway ended the connection.</summary>
    public bool Ended { get; private set; }

    public async Task ConnectAsync(Uri gateway, string token)
    {
        await _socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, gateway.Port));
        var request = $"GET {HubContract.Path}?access_token={token} HTTP/1.1\r\nHost: 127.0.0.1:{gateway.Port}\r\n"
            + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        await _socket.SendAsync(Encoding.ASCII.GetBytes(request));
        var answer = new byte[4096];
        var length = 0;
        while (!answer.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
        {
            var read = await _socket.ReceiveAsync(answer.AsMemory(length));
            if (read == 0 || !answer.AsSpan(0, length + read).StartsWith("HTTP/1.1 101"u8))
            {
                throw new InvalidOperationException($"The gateway answered: {Encoding.ASCII.GetString(answer, 0, length + read).Split('\r')[0]}");
            }

            length += read;
        }

        await WriteAsync("{\"protocol\":\"json\",\"version\":1}");
        _ = ReceiveAsync();
    }

    /// <summary>Sends one message as soon as fewer than the bound are without an answer.</summary>
    public async Task SendAsync(string group, string text, CancellationToken cancellationToken)
    {
        await _window.WaitAsync(cancellationToken);
        if (Interlocked.Exchange(ref _toldToPause, 0) != 0 && _pauses)
        {
            await Task.Delay(Random.Shared.Next(PauseMilliseconds), cancellationToken);
        }

        var body = string.Create(CultureInfo.InvariantCulture, $"t{Stopwatch.GetTimestamp()};{text}");
        await WriteAsync($$"""{"type":1,"invocationId":"1","target":"SendMessage","arguments":["{{group}}","{{Guid.NewGuid():N}}","{{body}}"]}""");
    }

    /// <summary>Sends messages at a pace until cancelled.</summary>
    public async Task PaceAsync(string group, int perSecond, CancellationToken ending)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / perSecond));
        try
        {
            while (await timer.WaitForNextTickAsync(ending))
            {
                await SendAsync(group, "at a pace", ending);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }

    public void Dispose() => _socket.Dispose();

    private async Task WriteAsync(string text)
    {
        var payload = Encoding.ASCII.GetBytes(text + (char)End);
        var header = payload.Length < 126 ? 6 : 8;
        var frame = new byte[header + payload.Length];
        frame[0] = 0x81;
        if (header == 6)
        {
            frame[1] = (byte)(0x80 | payload.Length);
        }
        else
        {
            frame[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        }

        // The mask is zero: masked as a client must, and nothing to compute.
        payload.CopyTo(frame, header);
        await _socket.SendAsync(frame);
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[128 * 1024];
        var kept = 0;
        try
        {
            while (await _socket.ReceiveAsync(buffer.AsMemory(kept)) is var read and > 0)
            {
                // What follows the last end of a message is the beginning of the next.
                var bytes = buffer.AsSpan(0, kept + read);
                var whole = bytes.LastIndexOf(End) + 1;
                Count(bytes[..whole]);
                bytes[whole..].CopyTo(buffer);
                kept = bytes.Length - whole;
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // The end of the run; what did not arrive is missed there.
        }

        Ended = true;
    }

    private void Count(ReadOnlySpan<byte> bytes)
    {
        var completed = bytes.Count(Completion);
        if (completed > 0)
        {
            var refused = bytes.Count(Refusal);
            Interlocked.Add(ref _refused, refused);
            Interlocked.Add(ref _toldToPause, refused);
            Interlocked.Add(ref _answered, completed);
            _window.Release(completed);
        }

        var delivered = bytes.Count(Delivery);
        Interlocked.Add(ref _deliveries, delivered);
        if (delivered > 0)
        {
            _delivered?.Invoke(delivered);
        }

        if (_latency is null || delivered == 0)
        {
            return;
        }

        var now = Stopwatch.GetTimestamp();
        while (bytes.IndexOf(Stamp) is var at and >= 0)
        {
            bytes = bytes[(at + Stamp.Length)..];
            var sent = long.Parse(bytes[..bytes.IndexOf((byte)';')], CultureInfo.InvariantCulture);
            _latency(Stopwatch.GetElapsedTime(sent, now).TotalMilliseconds);
        }
    }
}
