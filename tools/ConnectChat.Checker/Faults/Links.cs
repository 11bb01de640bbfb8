using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ConnectChat.Checker.Faults;

/// <summary>A TCP link in front of each gateway that can be cut, and stalled: half-open for as long as one likes.</summary>
internal sealed class Links : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<TcpClient, bool> _connections = [];
    private readonly List<TcpListener> _listeners = [];
    private readonly List<Task> _accepting = [];
    private volatile TaskCompletionSource? _stalled;

    public Links(IReadOnlyList<Uri> gateways)
    {
        foreach (var gateway in gateways)
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            _listeners.Add(listener);
            _accepting.Add(AcceptAsync(listener, gateway.Port));
        }
    }

    /// <summary>What clients connect to instead of the gateways.</summary>
    public IReadOnlyList<Uri> Addresses => [.. _listeners.Select(listener => new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"))];

    /// <summary>Resets every connection.</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Keys)
        {
            Reset(connection);
        }
    }

    /// <summary>Nothing passes until <see cref="Pass"/>.</summary>
    public void Stall() => _stalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What waited passes, and everything after it.</summary>
    public void Pass()
    {
        var stalled = _stalled;
        _stalled = null;
        stalled?.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Pass();
        _listeners.ForEach(listener => listener.Stop());
        Cut();
        await Task.WhenAll(_accepting);
        _stop.Dispose();
    }

    private static void Reset(TcpClient connection)
    {
        try
        {
            connection.Client?.Close(0);
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    private async Task AcceptAsync(TcpListener listener, int port)
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await listener.AcceptTcpClientAsync(_stop.Token), port);
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The run is over.
        }
    }

    private async Task ForwardAsync(TcpClient near, int port)
    {
        using var far = new TcpClient { NoDelay = true };
        near.NoDelay = true;
        _connections[near] = true;
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, port, _stop.Token);
            _connections[far] = true;
            await Task.WhenAny(CopyAsync(near.GetStream(), far.GetStream()), CopyAsync(far.GetStream(), near.GetStream()));
        }
        catch (Exception ended) when (ended is IOException or SocketException or OperationCanceledException or InvalidOperationException)
        {
            // Either peer went away.
        }
        finally
        {
            _connections.TryRemove(near, out _);
            _connections.TryRemove(far, out _);
            near.Dispose();
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReadAsync(buffer, _stop.Token) is var read and > 0)
            {
                if (_stalled is { } stalled)
                {
                    await stalled.Task;
                }

                await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            }
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The other direction is ended with it.
        }
    }
}
