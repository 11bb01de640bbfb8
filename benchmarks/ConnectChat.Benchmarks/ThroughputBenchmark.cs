using System.Diagnostics;
using ConnectChat.LocalCluster.Topologies;
using static ConnectChat.Benchmarks.Report;

namespace ConnectChat.Benchmarks;

/// <summary>How many messages a second one hot group does, and many small ones together, and what processor time each service spends on one.</summary>
internal static class ThroughputBenchmark
{
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(20);
    private static readonly string Text = new('x', 180);

    public static async Task RunAsync()
    {
        Header("What a group, and what many groups do");
        Console.WriteLine(Invariant(
            $"One gateway, embedded DynamoDB, {MeasuredTopology.Broker}, and the clients on the same ",
            $"processors; bodies of 200 bytes. {Warmup.TotalSeconds:0} s to warm up, then {Measured.TotalSeconds:0} s. Counted is what was ",
            $"delivered to every connected member."));
        Console.WriteLine();
        Console.WriteLine("| | messages/s | sent/s | p50, ms | p99, ms | refused | cut off | processor time per message, ms |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        await MeasureAsync("one group of 500, 45 connected, all of them send", groups: 1, members: 500, connected: 45, senders: 45, inFlight: 10);
        await MeasureAsync("40 groups of 20, all connected, one sends", groups: 40, members: 20, connected: 20, senders: 1, inFlight: 10);
        await MeasureAsync("40 groups of 20, one connected", groups: 40, members: 20, connected: 1, senders: 1, inFlight: 10);
    }

    private static async Task MeasureAsync(string name, int groups, int members, int connected, int senders, int inFlight)
    {
        await using var measured = await MeasuredTopology.StartAsync(data => new TopologyOptions
        {
            DataDirectory = data,
            Kafka = MeasuredTopology.GivenKafka,
            Gateways = 1,
            Environment = new Dictionary<string, string> { ["Gateway__SendsPerSecond"] = "100000", ["Gateway__SendBurst"] = "100000" },
        });
        var latencies = new List<double>();
        var crowds = new List<List<RawChatSocket>>();
        for (var group = 0; group < groups; group++)
        {
            crowds.Add(await CrowdAsync(measured, group, members, connected, inFlight, latencies));
        }

        using var ending = new CancellationTokenSource();
        var work = crowds.SelectMany((crowd, group) => crowd.Take(senders).Select(socket => SendAsync(socket, Name(group), ending.Token))).ToList();
        await Task.Delay(Warmup);
        var before = measured.ProcessorTime();
        var delivered = Delivered(crowds);
        var refused = Refused(crowds);
        var answered = Answered(crowds);
        lock (latencies)
        {
            latencies.Clear();
        }

        var started = Stopwatch.GetTimestamp();
        await Task.Delay(Measured);
        var messages = (Delivered(crowds) - delivered) / (double)connected;
        var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var after = measured.ProcessorTime();
        var sent = Answered(crowds) - answered;
        refused = Refused(crowds) - refused;
        await ending.CancelAsync();
        await Task.WhenAll(work);
        List<double> sorted;
        lock (latencies)
        {
            sorted = [.. latencies.Order()];
        }

        var cpu = string.Join(
            ", ", after.Select(service => Invariant($"{service.Key} {(service.Value - before[service.Key]).TotalMilliseconds / messages:0.00}")));
        Console.WriteLine(Invariant(
            $"| {name} | **{messages / elapsed:0}** | {sent / elapsed:0} | {Percentile(sorted, 50):0} | {Percentile(sorted, 99):0} | {refused} ",
            $"| {crowds.Sum(crowd => crowd.Count(socket => socket.Ended))} | {cpu} |"));
        crowds.ForEach(crowd => crowd.ForEach(socket => socket.Dispose()));
    }

    private static string Name(int group) => $"throughput-{group}";

    private static async Task<List<RawChatSocket>> CrowdAsync(
        MeasuredTopology measured, int group, int members, int connected, int inFlight, List<double> latencies)
    {
        var users = Enumerable.Range(0, members).Select(member => $"user-{group}-{member}").ToList();
        await measured.CreateGroupAsync(Name(group), users);
        var crowd = new List<RawChatSocket>();
        foreach (var user in users.Take(connected))
        {
            // One of a group measures the time; to search all frames for it would cost what others need.
            var socket = new RawChatSocket(inFlight, crowd.Count > 0 ? null : latency => Note(latencies, latency));
            await socket.ConnectAsync(measured.Topology.Gateways[0], measured.Topology.TokenFor(user));
            crowd.Add(socket);
        }

        return crowd;
    }

    private static void Note(List<double> latencies, double latency)
    {
        lock (latencies)
        {
            latencies.Add(latency);
        }
    }

    private static async Task SendAsync(RawChatSocket socket, string group, CancellationToken ending)
    {
        try
        {
            while (!ending.IsCancellationRequested)
            {
                await socket.SendAsync(group, Text, ending);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }

    private static long Delivered(List<List<RawChatSocket>> crowds) => crowds.Sum(crowd => crowd.Sum(socket => socket.Deliveries));

    private static long Answered(List<List<RawChatSocket>> crowds) => crowds.Sum(crowd => crowd.Sum(socket => socket.Answered));

    private static long Refused(List<List<RawChatSocket>> crowds) => crowds.Sum(crowd => crowd.Sum(socket => socket.Refused));
}
