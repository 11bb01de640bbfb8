using System.Net;
using System.Net.Sockets;

namespace ConnectChat.LocalCluster.Embedded;

/// <summary>
/// Forwards a fixed loopback port to the port that the mock broker chose: the mock cannot be told where to listen, and a broker that
/// comes back elsewhere would not be found again.
/// </summary>
internal sealed class LoopbackForwarder : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly IPEndPoint _target;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    private LoopbackForwarder(int port, IPEndPoint target)
    {
        _target = target;
        _listener = FreePort.Listener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Listens at once.</summary>
    /// <exception cref="SocketException">The port is taken.</exception>
    public static LoopbackForwarder Start(int port, string target) =>
        new(port, IPEndPoint.Parse(target.Replace("localhost", "127.0.0.1", StringComparison.Ordinal)));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                connections.RemoveAll(connection => connection.IsCompleted);
                connections.Add(ForwardAsync(client));
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using var near = client;
        using var far = new TcpClient { NoDelay = true };
        near.NoDelay = true;
        try
        {
            await far.ConnectAsync(_target, _stop.Token);
            var nearStream = near.GetStream();
            var farStream = far.GetStream();

            // When either side ends, so does the pair: a half-open broker connection helps nobody.
            await Task.WhenAny(nearStream.CopyToAsync(farStream, _stop.Token), farStream.CopyToAsync(nearStream, _stop.Token));
        }
        catch (Exception ended) when (ended is IOException or SocketException or OperationCanceledException)
        {
            // Either peer went away, which is how every connection ends.
        }
    }
}
