using ConnectChat.LocalCluster.Topologies;
using static ConnectChat.Benchmarks.Report;

namespace ConnectChat.Benchmarks;

/// <summary>How late the messages are that are sent while Messaging is killed and started again.</summary>
internal static class TakeoverBenchmark
{
    private const int Kills = 8;
    private const int Groups = 8;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(15);

    public static async Task RunAsync()
    {
        Header("What a killed Messaging costs");
        Console.WriteLine(Invariant(
            $"One gateway, {MeasuredTopology.Broker}, {Groups} groups with ten messages a second each. ",
            $"Messaging is killed every {Round.TotalSeconds:0} s, {Kills} times, and its supervisor starts it again; each time the latest ",
            $"message counts."));
        Console.WriteLine();
        await using var measured = await MeasuredTopology.StartAsync(data => new TopologyOptions
        {
            DataDirectory = data,
            Kafka = MeasuredTopology.GivenKafka,
            Gateways = 1,
        });
        var latest = new double[Kills + 1];
        var round = 0;
        var sockets = new List<RawChatSocket>();
        for (var i = 0; i < Groups; i++)
        {
            var user = $"user-{i}";
            await measured.CreateGroupAsync(Name(i), [user]);
            sockets.Add(new RawChatSocket(inFlight: 100, latency => latest[round] = Math.Max(latest[round], latency)));
            await sockets[i].ConnectAsync(measured.Topology.Gateways[0], measured.Topology.TokenFor(user));
        }

        using var ending = new CancellationTokenSource();
        var speaking = sockets.Select((socket, i) => socket.PaceAsync(Name(i), 10, ending.Token)).ToList();
        await Task.Delay(Round);
        for (round = 1; round <= Kills; round++)
        {
            measured.Topology.Services["messaging"].Kill();
            await Task.Delay(Round);
        }

        round = 0;
        await ending.CancelAsync();
        await Task.WhenAll(speaking);
        List<double> sorted = [.. latest.Skip(1).Order()];
        Console.WriteLine(Invariant(
            $"Latest message of a kill: median {Percentile(sorted, 50) / 1000:0.0} s, at most {sorted[^1] / 1000:0.0} s (bar 5). Refused sends: ",
            $"{sockets.Sum(socket => socket.Refused)}."));
        sockets.ForEach(socket => socket.Dispose());
    }

    private static string Name(int group) => $"takeover-{group}";
}
