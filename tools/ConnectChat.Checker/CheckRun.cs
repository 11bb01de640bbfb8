using System.Globalization;
using ConnectChat.Checker.Faults;
using ConnectChat.Checker.Histories;
using ConnectChat.Checker.Load;
using ConnectChat.LocalCluster.Clients;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.Checker;

/// <summary>One run: starts a topology, lets users do what users do while faults come, waits until all is quiet, and gives the history.</summary>
internal sealed class CheckRun(CheckOptions options, Action<string> say, TimeProvider clock)
{
    // What was begun before traffic ended must be answered by then: longer than the longest fault.
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(45);

    /// <summary>Runs.</summary>
    /// <exception cref="CommandException">Something that is needed is not there; the message says what.</exception>
    public async Task<RecordedHistory> RunAsync(CancellationToken cancellationToken)
    {
        await using (var history = new HistoryWriter(options.HistoryFile, clock))
        {
            var data = Directory.CreateTempSubdirectory("connectchat-check-").FullName;
            try
            {
                await StartAsync(data, history, cancellationToken);
            }
            finally
            {
                Directory.Delete(data, recursive: true);
            }
        }

        return await HistoryFile.ReadAsync(options.HistoryFile, cancellationToken);
    }

    private async Task StartAsync(string data, HistoryWriter history, CancellationToken cancellationToken)
    {
        await using var kafka = options.Brokers > 0 ? await KafkaScript.StartAsync(options.Brokers, cancellationToken) : null;
        say($"starting {options.Gateways} gateways, Messaging, Groups and the store");
        await using var topology = await Topology.StartAsync(
            new TopologyOptions
            {
                DataDirectory = data,
                Gateways = options.Gateways,
                Kafka = kafka?.BootstrapServers ?? options.Kafka,
                Environment = new Dictionary<string, string> { ["Telemetry__Sampling__Ratio"] = "0" },
            },
            cancellationToken);
        await RecordAsync(topology, kafka, data, history, cancellationToken);
    }

    private async Task RecordAsync(Topology topology, KafkaScript? kafka, string data, HistoryWriter history, CancellationToken cancellationToken)
    {
        var load = options.Load with { Seed = options.Seed };
        var plan = FaultPlan.Of(options.Seed, Possible(kafka), options.Gateways, kafka?.Brokers ?? 0, store: true, options.Duration);
        history.Add(new RunStarted(
            history.Now,
            RunStarted.CurrentVersion,
            options.Seed,
            clock.GetUtcNow().ToString("u", CultureInfo.InvariantCulture),
            Machine.Describe(),
            await Machine.CommitAsync(cancellationToken),
            KafkaName,
            options.Gateways,
            load.Users,
            load.Groups,
            [.. options.Faults],
            options.Settle.TotalSeconds));
        await using var links = new Links(topology.Gateways);
        using var names = new UserNames(topology.Groups.OriginalString, Keys.Of(data));
        await using var topic = new TopicWatch(topology.Kafka, history);
        await using var crowd = new Crowd(load, history, topology.Gateways, links.Addresses, user => topology.TokenFor(user));
        await crowd.GatherAsync(names, new Random(options.Seed), cancellationToken);
        say($"traffic for {options.Duration.TotalSeconds:0} s with {plan.Count} faults, seed {options.Seed}");

        var traffic = new Traffic(crowd, load, history, clock);
        using (var ending = new CancellationTokenSource(options.Duration, clock))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(ending.Token, cancellationToken))
        {
            var injector = new FaultInjector(topology, crowd, links, kafka, history, say, clock);
            await Task.WhenAll(
                traffic.RunAsync(AnswerPatience, either.Token, cancellationToken), injector.RunAsync(plan, either.Token, cancellationToken));
        }

        cancellationToken.ThrowIfCancellationRequested();
        history.Add(new TrafficEnded(history.Now));
        say("traffic has ended; waiting until everything has come");
        var settling = new Settling(crowd, topic, history);
        await settling.WaitAsync(options.Settle, cancellationToken);
        foreach (var group in crowd.Groups)
        {
            await traffic.ReadHistoryAsync(crowd.OwnerOf(group), group, after: 0, cancellationToken);
        }

        await crowd.TellNumbersAsync(names, [.. topic.Numbers.Keys], cancellationToken);

        // What comes twice comes late.
        await Task.Delay(TimeSpan.FromSeconds(1), clock, cancellationToken);
        await topic.DisposeAsync();
        await crowd.DisposeAsync();
        history.Add(new RunEnded(history.Now));
    }

    private string KafkaName => options.Brokers > 0 ? $"{options.Brokers} real" : options.Kafka ?? "embedded";

    private List<string> Possible(KafkaScript? kafka)
    {
        var without = kafka is null ? options.Faults.Intersect(FaultKind.OfBrokers).ToList() : [];
        if (without.Count > 0)
        {
            say($"left out: {string.Join(", ", without)}, which need brokers of the checker's own (--kafka one or three)");
        }

        return [.. options.Faults.Except(without)];
    }
}
