using ConnectChat.LocalCluster.Clients;
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
        var kafka = Environment.GetEnvironmentVariable("CONNECTCHAT_KAFKA");
        Console.WriteLine(Invariant(
            $"Two gateways with their default settings, embedded DynamoDB, {(kafka is null ? "the embedded broker" : "a Kafka broker")}; the ",
            $"topics have one partition. One group and {Bystanders} others, each with one sender of {PerSecond} messages a second and one ",
            $"receiver; {Attackers} accounts send to the one group, {AttackPerSecond} a second each. {Phase.TotalSeconds:0} s each, after as ",
            $"long to warm up."));
        Console.WriteLine();
        var data = Directory.CreateTempSubdirectory("connectchat-bench-").FullName;
        await using (var topology = await Topology.StartAsync(new TopologyOptions
        {
            DataDirectory = data,
            Kafka = kafka,
            Environment = new Dictionary<string, string> { ["Kafka__Topics__IncomingPartitions"] = "1", ["Kafka__Topics__OutgoingPartitions"] = "1" },
        }))
        {
            using var victim = await GroupOf.StartAsync(topology, "victim", members: Attackers);
            var others = new List<GroupOf>();
            for (var i = 0; i < Bystanders; i++)
            {
                others.Add(await GroupOf.StartAsync(topology, $"other-{i}", members: 0));
            }

            var strangers = await ConnectAsync(topology, "stranger");
            var members = await ConnectAsync(topology, "member");
            Console.WriteLine("| | the group: p50, p99, ms | the others: p50, p99, ms | attackers' sends: accepted, refused |");
            Console.WriteLine("|---|---|---|---|");
            await PhaseAsync(null, victim, others, []);
            await PhaseAsync("nobody floods", victim, others, []);
            await PhaseAsync("strangers flood", victim, others, strangers);
            await PhaseAsync("nobody floods", victim, others, []);
            await PhaseAsync("members flood", victim, others, members);
            await PhaseAsync("nobody floods", victim, others, []);
        }

        Directory.Delete(data, recursive: true);
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

    private static async Task PhaseAsync(string? name, GroupOf victim, List<GroupOf> others, List<RawChatSocket> attackers)
    {
        using var ending = new CancellationTokenSource(Phase);
        victim.Latencies.Clear();
        others.ForEach(group => group.Latencies.Clear());
        var (answered, refused) = (attackers.Sum(socket => socket.Answered), attackers.Sum(socket => socket.Refused));
        await Task.WhenAll(
        [
            victim.SpeakAsync(PerSecond, ending.Token),
            .. others.Select(group => group.SpeakAsync(PerSecond, ending.Token)),
            .. attackers.Select(socket => PaceAsync(socket, victim.Id, AttackPerSecond, ending.Token)),
        ]);
        await Task.Delay(TimeSpan.FromSeconds(2));
        refused = attackers.Sum(socket => socket.Refused) - refused;
        answered = attackers.Sum(socket => socket.Answered) - answered;
        if (name is not null)
        {
            Console.WriteLine(Invariant(
                $"| {name} | {Both(victim.Latencies)} | {Both([.. others.SelectMany(group => group.Latencies)])} | {answered - refused}, {refused} |"));
        }
    }

    private static string Both(List<double> latencies)
    {
        List<double> sorted = [.. latencies.Order()];
        return Invariant($"{Percentile(sorted, 50):0}, **{Percentile(sorted, 99):0}**");
    }

    /// <summary>Sends at a pace until cancelled.</summary>
    public static async Task PaceAsync(RawChatSocket socket, string group, int perSecond, CancellationToken ending)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / perSecond));
        try
        {
            while (await timer.WaitForNextTickAsync(ending))
            {
                await socket.SendAsync(group, "flood", ending);
            }
        }
        catch (OperationCanceledException)
        {
            // The phase is over.
        }
    }

    /// <summary>A group with one who sends and one who measures.</summary>
    private sealed class GroupOf(string id) : IDisposable
    {
        private readonly RawChatSocket _sender = new(inFlight: 10, latency: null);
        private RawChatSocket? _receiver;

        public string Id => id;

        public List<double> Latencies { get; } = [];

        public static async Task<GroupOf> StartAsync(Topology topology, string name, int members)
        {
            var group = new GroupOf($"{name}-{Guid.NewGuid():N}");
            var (sender, receiver) = ($"{name}-sender", $"{name}-receiver");
            using (var owner = GatewayApi.OnLoopback(topology.Gateways[0], topology.TokenFor(sender)))
            {
                await owner.CreateGroupAsync(group.Id, "Benchmark", CancellationToken.None);
                await owner.AddMembersAsync(group.Id, [receiver, .. Enumerable.Range(0, members).Select(i => $"member-{i}")], CancellationToken.None);
            }

            await group._sender.ConnectAsync(topology.Gateways[0], topology.TokenFor(sender));
            group._receiver = new RawChatSocket(inFlight: 1, group.Latencies.Add);
            await group._receiver.ConnectAsync(topology.Gateways[1], topology.TokenFor(receiver));
            return group;
        }

        public Task SpeakAsync(int perSecond, CancellationToken ending) => PaceAsync(_sender, id, perSecond, ending);

        public void Dispose()
        {
            _sender.Dispose();
            _receiver?.Dispose();
        }
    }
}
