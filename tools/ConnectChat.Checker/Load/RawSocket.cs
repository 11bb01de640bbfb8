using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace ConnectChat.Checker.Load;

/// <summary>A call that the hub refused.</summary>
internal sealed class CallRefusedException(string error) : Exception(error)
{
    /// <summary>The code, as docs/protocol.md says where it stands.</summary>
    public string Code { get; } = CodeIn(error);

    /// <summary>Whether docs/protocol.md says to try again.</summary>
    public bool IsTransient => Code is "rate_limited" or "too_many_connections" or "overloaded" or "unavailable" or "internal";

    private static string CodeIn(string error)
    {
        const string Prefix = "HubException: ";
        var at = error.IndexOf(Prefix, StringComparison.Ordinal);
        var code = (at < 0 ? error : error[(at + Prefix.Length)..]).Split(':')[0].Trim();
        return code.Length > 0 && code.All(letter => letter is '_' or (>= 'a' and <= 'z')) ? code : "internal";
    }
}

/// <summary>SignalR's JSON protocol over a WebSocket, written by hand after its specification: shares nothing with a SignalR library.</summary>
internal sealed class RawSocket : IAsyncDisposable
{
    private const byte End = 0x1e;
    private const string Handshake = """{"protocol":"json","version":1}""";
    private const string Ping = """{"type":6}""";
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(10);

    // The server pings every 15 s: whoever is silent for longer is gone.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(15);

    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _calls = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly byte[] _chunk = new byte[16 * 1024];
    private readonly MemoryStream _kept = new();
    private int _lastCall;

    /// <summary>Cancelled when the connection is over.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Opens the socket and shakes hands.</summary>
    /// <exception cref="WebSocketException">The gateway refuses, or is not there.</exception>
    public async Task OpenAsync(Uri gateway, string token, CancellationToken cancellationToken)
    {
        _socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        _socket.Options.Proxy = new WebProxy();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(CallTimeout);
        await _socket.ConnectAsync(new UriBuilder(gateway) { Scheme = "ws", Path = "/hubs/chat" }.Uri, deadline.Token);
        await WriteAsync(Handshake, deadline.Token);
    }

    /// <summary>Reads frames until the connection ends. <paramref name="received"/> gets the calls of the server, one at a time.</summary>
    /// <param name="received">Target and arguments.</param>
    /// <param name="mayRead">Completes when the reader may go on; a reader that does not read is a fault that is tried.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task ReadAsync(Action<string, JsonElement> received, Func<Task> mayRead, CancellationToken cancellationToken)
    {
        var pinging = PingAsync();
        try
        {
            while (true)
            {
                await mayRead();
                using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                silence.CancelAfter(Silence);
                var result = await _socket.ReceiveAsync(_chunk.AsMemory(), silence.Token);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                Take(_chunk.AsSpan(0, result.Count), received);
            }
        }
        catch (Exception lost) when (lost is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // How every connection ends that is not closed properly.
        }
        finally
        {
            await _ended.CancelAsync();
            foreach (var call in _calls.Values)
            {
                call.TrySetException(new IOException("The connection was lost before the answer came."));
            }

            await pinging;
        }
    }

    /// <summary>Calls the hub.</summary>
    /// <exception cref="CallRefusedException">Refused.</exception>
    /// <exception cref="IOException">The connection was lost, or there is no answer.</exception>
    public async Task<JsonElement> CallAsync(string target, CancellationToken cancellationToken, params object[] arguments)
    {
        var id = $"{Interlocked.Increment(ref _lastCall)}";
        var call = _calls[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Ended);
        try
        {
            await WriteAsync(JsonSerializer.Serialize(new { type = 1, invocationId = id, target, arguments }), either.Token);
            return await call.Task.WaitAsync(CallTimeout, either.Token);
        }
        catch (Exception lost) when (lost is WebSocketException or TimeoutException or ObjectDisposedException
            || (lost is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new IOException($"No answer to {target}.", lost);
        }
        finally
        {
            _calls.TryRemove(id, out _);
        }
    }

    /// <summary>Cuts the connection without a word.</summary>
    public void Abort() => _socket.Abort();

    public ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Take(ReadOnlySpan<byte> bytes, Action<string, JsonElement> received)
    {
        while (bytes.IndexOf(End) is var end and >= 0)
        {
            _kept.Write(bytes[..end]);
            using (var document = JsonDocument.Parse(_kept.GetBuffer().AsMemory(0, (int)_kept.Length)))
            {
                Take(document.RootElement, received);
            }

            _kept.SetLength(0);
            bytes = bytes[(end + 1)..];
        }

        _kept.Write(bytes);
    }

    private void Take(JsonElement message, Action<string, JsonElement> received)
    {
        // The answer to the handshake is an empty object.
        switch (message.TryGetProperty("type", out var type) ? type.GetInt32() : 0)
        {
            case 1:
                received(message.GetProperty("target").GetString()!, message.GetProperty("arguments"));
                break;
            case 3 when _calls.TryGetValue(message.GetProperty("invocationId").GetString()!, out var call):
                if (message.TryGetProperty("error", out var error))
                {
                    call.TrySetException(new CallRefusedException(error.GetString()!));
                }
                else
                {
                    call.TrySetResult(message.TryGetProperty("result", out var result) ? result.Clone() : default);
                }

                break;
            case 7:
                _socket.Abort();
                break;
        }
    }

    private async Task PingAsync()
    {
        using var timer = new PeriodicTimer(PingEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(Ended))
            {
                await WriteAsync(Ping, Ended);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or WebSocketException or ObjectDisposedException)
        {
            // Whoever reads from the connection notices that it is gone.
        }
    }

    private async Task WriteAsync(string text, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(text + (char)End), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }
}
