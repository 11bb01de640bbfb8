using ConnectChat.LocalCluster.Clients;

namespace ConnectChat.Benchmarks;

/// <summary>One group, every member connected over a bare WebSocket that costs as little as a client can.</summary>
internal sealed class PacedLoad : IDisposable
{
    public const int PerSecond = 20;

    private readonly string _group = $"bench-{Guid.NewGuid():N}";
    private readonly List<RawChatSocket> _sockets = [];
    private volatile Arrivals _arrivals = new(0);

    public static async Task<PacedLoad> StartAsync(MeasuredTopology measured, int members)
    {
        var load = new PacedLoad();
        var users = Enumerable.Range(0, members).Select(member => $"user-{member}").ToList();
        await measured.CreateGroupAsync(load._group, users);
        foreach (var user in users)
        {
            var socket = new RawChatSocket(inFlight: PerSecond, latency: null, delivered: count => load._arrivals.Count(count));
            load._sockets.Add(socket);
            await socket.ConnectAsync(measured.Topology.Gateways[0], measured.Topology.TokenFor(user));
        }

        return load;
    }

    /// <summary>Sends at the pace, and returns once every member has every message.</summary>
    public async Task RunAsync(int messages)
    {
        _arrivals = new Arrivals((long)messages * _sockets.Count);
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / PerSecond));
        for (var i = 0; i < messages; i++)
        {
            await pace.WaitForNextTickAsync();
            await _sockets[0].SendAsync(_group, "a message of a usual length, more or less", CancellationToken.None);
        }

        await _arrivals.All.WaitAsync(TimeSpan.FromMinutes(1));
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());
}
