using System.Diagnostics;
using ConnectChat.LocalCluster.Topologies;
using static ConnectChat.Benchmarks.Report;

namespace ConnectChat.Benchmarks;

/// <summary>
/// What telemetry costs: throughput with traces, metrics and logs exported to the dashboard on this machine, and without, both
/// <see cref="SideBySide"/>.
/// </summary>
internal static class TelemetryBenchmark
{
    private const int Pairs = 30;
    private const double Bar = 0.90;

    // Until a service has compiled its hot paths, more code to compile looks like a slower product; after 1,000 messages it still does.
    private static readonly int Warmup = SaturatingLoad.Share(4_000);
    private static readonly int Messages = SaturatingLoad.Share(500);

    public static async Task RunAsync()
    {
        Header("What telemetry costs");
        Console.WriteLine(Invariant(
            $"{SaturatingLoad.Description}; two gateways, embedded Kafka and DynamoDB, all on this machine. Two topologies run side by side and ",
            $"are loaded in turns: {Warmup:N0} messages each to warm up, then {Pairs} pairs of {Messages:N0} messages, and which goes first ",
            $"changes from pair to pair."));
        Console.WriteLine("With: 10 % sampling, OTLP over gRPC, and the receiving dashboard on the same processors. Without: neither.");
        Console.WriteLine();

        await using var without = await Side.StartAsync(export: false);
        await using var with = await Side.StartAsync(export: true);
        await without.Load.RunAsync(Warmup);
        await with.Load.RunAsync(Warmup);
        var (off, on) = await SideBySide.MeasureAsync(Pairs, without.MeasureAsync, with.MeasureAsync);

        var ratios = off.Zip(on, (a, b) => b.Rate / a.Rate).Order().ToList();
        Console.WriteLine("| | without | with | with ÷ without |");
        Console.WriteLine("|---|---|---|---|");
        Console.WriteLine(Invariant(
            $"| messages/s, median | {Median(off, run => run.Rate):0} | {Median(on, run => run.Rate):0} | **{Percentile(ratios, 50):0.00}** ",
            $"(bar {Bar:0.00}); a quarter of the pairs below {Percentile(ratios, 25):0.00}, a quarter above {Percentile(ratios, 75):0.00} |"));
        Console.WriteLine(Invariant($"| messages/s, all pairs together | {Together(off):0} | {Together(on):0} | {Together(on) / Together(off):0.00} |"));
        Console.WriteLine(Invariant(
            $"| services' processor time per message, ms, median | {Median(off, run => run.Cpu):0.000} | {Median(on, run => run.Cpu):0.000} | ",
            $"{Median(on, run => run.Cpu) / Median(off, run => run.Cpu):0.00} |"));
    }

    private static double Median(List<Measured> runs, Func<Measured, double> value) => Percentile([.. runs.Select(value).Order()], 50);

    private static double Together(List<Measured> runs) => runs.Count / runs.Sum(run => 1 / run.Rate);

    private sealed record Measured(double Rate, double Cpu);

    /// <summary>One of the two topologies, with its load.</summary>
    private sealed class Side(MeasuredTopology measured, SaturatingLoad load) : IAsyncDisposable
    {
        public SaturatingLoad Load => load;

        public static async Task<Side> StartAsync(bool export)
        {
            var measured = await MeasuredTopology.StartAsync(data => new TopologyOptions
            {
                DataDirectory = data,
                Dashboard = export,
                Environment = new Dictionary<string, string>
                {
                    ["Telemetry__Sampling__Ratio"] = "0.1",
                    ["Gateway__SendsPerSecond"] = "100000",
                    ["Gateway__SendBurst"] = "100000",
                },
            });
            if (export && measured.Topology.DashboardUrl is null)
            {
                await measured.DisposeAsync();
                throw new InvalidOperationException("The dashboard's package of this platform was not restored: there is nothing to export to.");
            }

            return new Side(measured, await SaturatingLoad.StartAsync(measured));
        }

        public async Task<Measured> MeasureAsync()
        {
            var (cpu, start) = (ServicesCpu(), Stopwatch.GetTimestamp());
            await load.RunAsync(Messages);
            var elapsed = Stopwatch.GetElapsedTime(start);
            return new Measured(Messages / elapsed.TotalSeconds, (ServicesCpu() - cpu).TotalMilliseconds / Messages);
        }

        public async ValueTask DisposeAsync()
        {
            await load.DisposeAsync();
            await measured.DisposeAsync();
        }

        private TimeSpan ServicesCpu() => measured.ProcessorTime().Values.Aggregate(TimeSpan.Zero, (sum, time) => sum + time);
    }
}
