using System.Net.WebSockets;
using System.Text;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.LocalCluster.Demo;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.Benchmarks;

/// <summary>One group, every member connected over a bare WebSocket that costs as little as a client can.</summary>
internal sealed class PacedLoad : IDisposable
{
    public const int PerSecond = 20;
    private const char End = '\u001e';

    private readonly string _group = $"bench-{Guid.NewGuid():N}";
    private readonly List<ClientWebSocket> _sockets = [];
    private TaskCompletionSource _arrived = new();
    private long _missing;

    public static async Task<PacedLoad> StartAsync(Topology topology, int members)
    {
        var load = new PacedLoad();
        var users = Enumerable.Range(0, members).Select(member => $"user-{member}").ToList();
        using (var owner = new DemoApi(topology.Gateways[0], topology.TokenFor(users[0])))
        {
            await owner.CreateGroupAsync(load._group, CancellationToken.None);
            foreach (var some in users.Skip(1).Chunk(Limits.MembersPerChange))
            {
                await owner.AddMembersAsync(load._group, some, CancellationToken.None);
            }
        }

        foreach (var user in users)
        {
            await load.ConnectAsync(topology.Gateways[0], topology.TokenFor(user));
        }

        return load;
    }

    /// <summary>Sends at the pace, and returns once every member has every message.</summary>
    public async Task RunAsync(int messages)
    {
        _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _missing, (long)messages * _sockets.Count);
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / PerSecond));
        for (var i = 0; i < messages; i++)
        {
            await pace.WaitForNextTickAsync();
            await SendAsync(_sockets[0], $$"""{"type":1,"target":"SendMessage","arguments":["{{_group}}","{{Guid.NewGuid():N}}","a message of a usual length, more or less"]}""");
        }

        await _arrived.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    private static Task SendAsync(ClientWebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text + End), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    private async Task ConnectAsync(Uri gateway, string token)
    {
        var socket = new ClientWebSocket();
        var address = new UriBuilder(gateway) { Scheme = "ws", Path = HubContract.Path, Query = $"access_token={token}" };
        await socket.ConnectAsync(address.Uri, CancellationToken.None);
        await SendAsync(socket, """{"protocol":"json","version":1}""");
        _sockets.Add(socket);
        _ = CountAsync(socket);
    }

    private async Task CountAsync(ClientWebSocket socket)
    {
        var buffer = new byte[8192];
        try
        {
            while (socket.State == WebSocketState.Open)
            {
                var part = await socket.ReceiveAsync(buffer, CancellationToken.None);
                var arrived = buffer.AsSpan(0, part.Count).Count("\"MessageReceived\""u8);
                if (arrived > 0 && Interlocked.Add(ref _missing, -arrived) <= 0)
                {
                    _arrived.TrySetResult();
                }
            }
        }
        catch (Exception ended) when (ended is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The end of the run; what did not arrive is missed there.
        }
    }
}
