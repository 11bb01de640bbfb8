using ConnectChat.LocalCluster.Topologies;
using static ConnectChat.Benchmarks.Report;

namespace ConnectChat.Benchmarks;

/// <summary>
/// What a delivered frame costs the gateway: its process's time, its Kafka client included, with frames written straight to the socket and
/// with those that go through SignalR's pipeline (decision 0008). Both <see cref="SideBySide"/>.
/// </summary>
internal static class DeliveryBenchmark
{
    private const int Sockets = 500;
    private const int Messages = 40;
    private const int Pairs = 15;

    public static async Task RunAsync()
    {
        Header("What a delivered frame costs");
        Console.WriteLine(Invariant(
            $"One gateway, {Sockets} members connected to it over WebSockets with JSON, {PacedLoad.PerSecond} messages a second; embedded Kafka ",
            $"and DynamoDB, the clients on the same processors. Two such topologies run side by side and are loaded in turns, {Pairs} pairs of ",
            $"{Messages} messages, after ten times as many to warm up."));
        Console.WriteLine();

        await using var pipeline = await Side.StartAsync(direct: false);
        await using var straight = await Side.StartAsync(direct: true);
        await pipeline.Load.RunAsync(10 * Messages);
        await straight.Load.RunAsync(10 * Messages);
        var (slow, fast) = await SideBySide.MeasureAsync(Pairs, pipeline.MeasureAsync, straight.MeasureAsync);

        var ratios = fast.Zip(slow, (a, b) => a / b).Order().ToList();
        Console.WriteLine("| µs of processor time per frame | median | least | most |");
        Console.WriteLine("|---|---|---|---|");
        Row("SignalR's pipeline", slow);
        Row("straight to the socket", fast);
        Console.WriteLine(Invariant($"| straight ÷ pipeline, pair by pair | **{Percentile(ratios, 50):0.00}** | {ratios[0]:0.00} | {ratios[^1]:0.00} |"));
    }

    private static void Row(string name, List<double> values) =>
        Console.WriteLine(Invariant($"| {name} | {Percentile([.. values.Order()], 50):0.00} | {values.Min():0.00} | {values.Max():0.00} |"));

    private sealed class Side(MeasuredTopology measured, PacedLoad load) : IAsyncDisposable
    {
        public PacedLoad Load => load;

        public static async Task<Side> StartAsync(bool direct)
        {
            var measured = await MeasuredTopology.StartAsync(data => new TopologyOptions
            {
                DataDirectory = data,
                Gateways = 1,
                Environment = new Dictionary<string, string> { ["Gateway__DirectWrites"] = $"{direct}" },
            });
            return new Side(measured, await PacedLoad.StartAsync(measured, Sockets));
        }

        public async Task<double> MeasureAsync()
        {
            var before = measured.ProcessorTime()["gateway-1"];
            await load.RunAsync(Messages);
            return (measured.ProcessorTime()["gateway-1"] - before).TotalMicroseconds / (Messages * Sockets);
        }

        public async ValueTask DisposeAsync()
        {
            load.Dispose();
            await measured.DisposeAsync();
        }
    }
}
