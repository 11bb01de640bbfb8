using ConnectChat.LocalCluster.Topologies;
using static ConnectChat.Benchmarks.Report;

namespace ConnectChat.Benchmarks;

/// <summary>
/// What others notice of sixteen accounts that send as fast as they may to one group, as strangers and as members. All groups are on one
/// partition.
/// </summary>
internal static class IsolationBenchmark
{
    private const int Attackers = 16;
    private const int Bystanders = 8;
    private const int PerSecond = 5;
    private const int AttackPerSecond = 50;
    private static readonly TimeSpan Phase = TimeSpan.FromSeconds(20);

    public static async Task RunAsync()
    {
        Header("What one group's flood costs the others");
        Console.WriteLine(Invariant(
            $"Two gateways with their default settings, embedded DynamoDB, {MeasuredTopology.Broker}; the ",
            $"topics have one partition. One group and {Bystanders} others, each with one sender of {PerSecond} messages a second and one ",
            $"receiver; {Attackers} accounts send to the one group, {AttackPerSecond} a second each. {Phase.TotalSeconds:0} s each, after as ",
            $"long to warm up."));
        Console.WriteLine();
        await using var measured = await MeasuredTopology.StartAsync(data => new TopologyOptions
        {
            DataDirectory = data,
            Kafka = MeasuredTopology.GivenKafka,
            Environment = new Dictionary<string, string> { ["Kafka__Topics__IncomingPartitions"] = "1", ["Kafka__Topics__OutgoingPartitions"] = "1" },
        });
        using var victim = await GroupOf.StartAsync(measured, "victim", members: Attackers);
        var others = new List<GroupOf>();
        for (var i = 0; i < Bystanders; i++)
        {
            others.Add(await GroupOf.StartAsync(measured, $"other-{i}", members: 0));
        }

        var strangers = await ConnectAsync(measured.Topology, "stranger");
        var members = await ConnectAsync(measured.Topology, "member");
        Console.WriteLine(
            "| | the group: p50, p99, ms | the others: p50, p99, ms | attackers' sends: accepted, refused "
                + "| processor ms per s: gateways, Messaging, Groups, store |");
        Console.WriteLine("|---|---|---|---|---|");
        await PhaseAsync(measured, null, victim, others, []);
        await PhaseAsync(measured, "nobody floods", victim, others, []);
        await PhaseAsync(measured, "strangers flood", victim, others, strangers);
        await PhaseAsync(measured, "nobody floods", victim, others, []);
        await PhaseAsync(measured, "members flood", victim, others, members);
        await PhaseAsync(measured, "nobody floods", victim, others, []);
        others.ForEach(group => group.Dispose());
        strangers.ForEach(socket => socket.Dispose());
        members.ForEach(socket => socket.Dispose());
    }

    private static async Task<List<RawChatSocket>> ConnectAsync(Topology topology, string name)
    {
        var sockets = new List<RawChatSocket>();
        for (var i = 0; i < Attackers; i++)
        {
            var socket = new RawChatSocket(inFlight: 10, latency: null, pauses: false);
            await socket.ConnectAsync(topology.Gateways[i % topology.Gateways.Count], topology.TokenFor($"{name}-{i}"));
            sockets.Add(socket);
        }

        return sockets;
    }

    private static async Task PhaseAsync(MeasuredTopology measured, string? name, GroupOf victim, List<GroupOf> others, List<RawChatSocket> attackers)
    {
        using var ending = new CancellationTokenSource(Phase);
        victim.Latencies.Clear();
        others.ForEach(group => group.Latencies.Clear());
        var before = measured.ProcessorTime();
        var (answered, refused) = (attackers.Sum(socket => socket.Answered), attackers.Sum(socket => socket.Refused));
        await Task.WhenAll(
        [
            victim.SpeakAsync(PerSecond, ending.Token),
            .. others.Select(group => group.SpeakAsync(PerSecond, ending.Token)),
            .. attackers.Select(socket => socket.PaceAsync(victim.Id, AttackPerSecond, ending.Token)),
        ]);
        var after = measured.ProcessorTime();
        await Task.Delay(TimeSpan.FromSeconds(2));
        refused = attackers.Sum(socket => socket.Refused) - refused;
        answered = attackers.Sum(socket => socket.Answered) - answered;
        if (name is not null)
        {
            Console.WriteLine(Invariant(
                $"| {name} | {Both(victim.Latencies)} | {Both([.. others.SelectMany(group => group.Latencies)])} | {answered - refused}, {refused} ",
                $"| {Cost("gateway")}, {Cost("messaging")}, {Cost("groups")}, {Cost("dynamodb")} |"));
        }

        string Cost(string service) => Invariant(
            $"{after.Where(each => each.Key.StartsWith(service, StringComparison.Ordinal)).Sum(each => Spent(each.Key)) / Phase.TotalSeconds:0}");

        double Spent(string service) => (after[service] - before[service]).TotalMilliseconds;
    }

    private static string Both(List<double> latencies)
    {
        List<double> sorted = [.. latencies.Order()];
        return Invariant($"{Percentile(sorted, 50):0}, **{Percentile(sorted, 99):0}**");
    }

    /// <summary>A group with one who sends and one who measures.</summary>
    private sealed class GroupOf(string id) : IDisposable
    {
        private readonly RawChatSocket _sender = new(inFlight: 10, latency: null);
        private RawChatSocket? _receiver;

        public string Id => id;

        public List<double> Latencies { get; } = [];

        public static async Task<GroupOf> StartAsync(MeasuredTopology measured, string name, int members)
        {
            var group = new GroupOf($"{name}-{Guid.NewGuid():N}");
            var (sender, receiver) = ($"{name}-sender", $"{name}-receiver");
            await measured.CreateGroupAsync(group.Id, [sender, receiver, .. Enumerable.Range(0, members).Select(i => $"member-{i}")]);
            await group._sender.ConnectAsync(measured.Topology.Gateways[0], measured.Topology.TokenFor(sender));
            group._receiver = new RawChatSocket(inFlight: 1, group.Latencies.Add);
            await group._receiver.ConnectAsync(measured.Topology.Gateways[1], measured.Topology.TokenFor(receiver));
            return group;
        }

        public Task SpeakAsync(int perSecond, CancellationToken ending) => _sender.PaceAsync(id, perSecond, ending);

        public void Dispose()
        {
            _sender.Dispose();
            _receiver?.Dispose();
        }
    }
}
