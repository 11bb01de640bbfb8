using ConnectChat.LocalCluster.Clients;

namespace ConnectChat.Benchmarks;

/// <summary>
/// Groups in parallel, each with one sender who keeps a few messages in flight: as fast as the topology goes, and never more on its way
/// than that.
/// </summary>
internal sealed class SaturatingLoad : IAsyncDisposable
{
    private const int Groups = 8;
    private const int Members = 4;
    private const int InFlight = 4;

    private readonly string _run = Guid.NewGuid().ToString("N");
    private readonly List<ReceivingClient> _senders = [];
    private readonly List<ReceivingClient> _connections = [];
    private volatile Arrivals _arrivals = new(0);

    public static string Description => $"{Groups} groups of {Members} connected members, each with {InFlight} sends in flight";

    public static async Task<SaturatingLoad> StartAsync(MeasuredTopology measured)
    {
        var load = new SaturatingLoad();
        for (var group = 0; group < Groups; group++)
        {
            var users = Enumerable.Range(0, Members).Select(member => $"user-{group}-{member}").ToList();
            await measured.CreateGroupAsync(load.Group(group), users);
            for (var member = 0; member < Members; member++)
            {
                await load.ConnectAsync(
                    measured.Topology.Gateways[member % measured.Topology.Gateways.Count], measured.Topology.TokenFor(users[member]), sends: member == 0);
            }
        }

        return load;
    }

    /// <summary>Sends, and returns once every member has every message.</summary>
    public async Task RunAsync(int messages)
    {
        _arrivals = new Arrivals((long)messages * Members);
        await Task.WhenAll(_senders.SelectMany((sender, group) => Enumerable.Range(0, InFlight).Select(
            lane => SendAsync(sender, Group(group), messages / Groups / InFlight, $"{lane}"))));
        await _arrivals.All.WaitAsync(TimeSpan.FromMinutes(1));
    }

    /// <summary>The nearest number of messages that every lane can share equally.</summary>
    public static int Share(int messages) => messages / (Groups * InFlight) * (Groups * InFlight);

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }
    }

    private static async Task SendAsync(ReceivingClient sender, string group, int messages, string lane)
    {
        for (var i = 0; i < messages; i++)
        {
            await sender.SendAsync(group, $"{lane}-{Guid.NewGuid():N}", "a message of a usual length, more or less", CancellationToken.None);
        }
    }

    private string Group(int number) => $"bench-{_run}-{number}";

    private async Task ConnectAsync(Uri gateway, string token, bool sends)
    {
        var connection = new ReceivingClient(gateway, token, _ => _arrivals.Count());
        await connection.ConnectAsync(CancellationToken.None);
        _connections.Add(connection);
        if (sends)
        {
            _senders.Add(connection);
        }
    }
}
