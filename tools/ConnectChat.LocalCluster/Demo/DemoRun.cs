using ConnectChat.Contracts;
using ConnectChat.LocalCluster.Clients;
using ConnectChat.LocalCluster.Topologies;
using HdrHistogram;

namespace ConnectChat.LocalCluster.Demo;

/// <summary>Sends messages through a topology and counts what becomes of them: on the topic, and at every connected member.</summary>
internal sealed class DemoRun(Topology topology, DemoOptions options, Action<string> say)
{
    private const int ParallelCalls = 8;
    private readonly string _group = $"demo-{Guid.NewGuid():N}";
    private readonly Arrivals _arrivals = new((long)options.Messages * options.Connected);

    private long Expected => (long)options.Messages * options.Connected;

    public async Task<DemoReport> RunAsync(CancellationToken cancellationToken)
    {
        say($"creating a group of {options.Members:N0} members");
        await CreateGroupAsync(cancellationToken);

        // Only the product is to be measured, so this program compiles its own code beforehand.
        ReceivingWarmUp.Run();
        say($"connecting {options.Connected:N0} of them to {topology.Gateways.Count} gateways");
        var listeners = Enumerable.Range(0, options.Connected)
            .Select(i => new Listener(topology.Gateways[i % topology.Gateways.Count], topology.TokenFor(User(i)), () => _arrivals.Count()))
            .ToList();
        try
        {
            await Parallel.ForEachAsync(listeners, Parallelism(32, cancellationToken), async (listener, token) => await listener.ConnectAsync(_group, token));
            using var counter = new OutgoingCounter(topology.Kafka);

            // After hundreds of connections at once the services compile and collect garbage for a while, which is not to be measured.
            await Task.Delay(options.Settling, cancellationToken);
            say($"sending {options.Messages:N0} messages, {options.Rate:0.#} a second");
            await SendAsync(listeners, cancellationToken);
            await _arrivals.All.WaitAsync(options.Patience, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // Duplicates arrive late: leave them time to be counted.
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            counter.CatchUp(cancellationToken);
            return Report(listeners, counter);
        }
        finally
        {
            await Task.WhenAll(listeners.Select(listener => listener.DisposeAsync().AsTask()));
        }
    }

    private static string User(int number) => $"demo-user-{number}";

    private static ParallelOptions Parallelism(int degree, CancellationToken cancellationToken) =>
        new() { CancellationToken = cancellationToken, MaxDegreeOfParallelism = degree };

    private async Task CreateGroupAsync(CancellationToken cancellationToken)
    {
        using var owner = GatewayApi.OnLoopback(topology.Gateways[0], topology.TokenFor(User(0)));
        await owner.CreateGroupAsync(_group, "Demo", cancellationToken);
        await Parallel.ForEachAsync(
            Enumerable.Range(1, options.Members - 1).Select(User).Chunk(Limits.MembersPerChange),
            Parallelism(ParallelCalls, cancellationToken),
            async (users, token) => await owner.AddMembersAsync(_group, users, token));
    }

    private async Task SendAsync(List<Listener> listeners, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        var sends = new List<Task>();
        for (var i = 0; i < options.Messages; i++)
        {
            // Due times follow the plan and not the previous send: otherwise slow answers would lower the rate that is measured.
            var ahead = TimeSpan.FromSeconds(i / options.Rate) - TimeProvider.System.GetElapsedTime(started);
            if (ahead > TimeSpan.Zero)
            {
                await Task.Delay(ahead, cancellationToken);
            }

            sends.Add(listeners[i % Math.Min(options.Senders, listeners.Count)].SendAsync(_group, $"demo-{i}", cancellationToken));
        }

        await Task.WhenAll(sends);
    }

    private DemoReport Report(List<Listener> listeners, OutgoingCounter counter)
    {
        var latency = new LongHistogram(TimeSpan.FromMinutes(5).Ticks / 10, 3);
        listeners.ForEach(listener => latency.Add(listener.Latency));
        var received = listeners.Sum(listener => listener.Deliveries.Received);
        return new DemoReport
        {
            Gateways = topology.Gateways.Count,
            Members = options.Members,
            Connected = options.Connected,
            Messages = options.Messages,
            OutgoingRecords = counter.Records,
            BytesPerRecipient = counter.Recipients == 0 ? 0 : Math.Round((double)counter.RecipientBytes / counter.Recipients, 3),
            DeliveriesExpected = Expected,
            Deliveries = received,
            Ignored = (counter.Recipients * topology.Gateways.Count) - received,
            Lost = Expected - received,
            Duplicated = listeners.Sum(listener => listener.Deliveries.Duplicated),
            Reordered = listeners.Sum(listener => listener.Deliveries.Reordered),
            P50 = Percentile(latency, 50),
            P99 = Percentile(latency, 99),
        };
    }

    private static double Percentile(LongHistogram latency, double percentile) =>
        latency.TotalCount == 0 ? 0 : Math.Round(latency.GetValueAtPercentile(percentile) / 1000.0, 2);
}
