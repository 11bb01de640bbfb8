using System.Diagnostics;
using ConnectChat.LocalCluster.Topologies;
using static ConnectChat.Benchmarks.Report;

namespace ConnectChat.Benchmarks;

/// <summary>What telemetry costs: throughput with traces, metrics and logs exported to the dashboard on this machine, and without.</summary>
internal static class TelemetryBenchmark
{
    private const int Pairs = 4;
    private const double Bar = 0.90;
    private static readonly int Warmup = SaturatingLoad.Share(1_000);
    private static readonly int Messages = SaturatingLoad.Share(5_000);

    public static async Task RunAsync()
    {
        Header("What telemetry costs");
        Console.WriteLine(Invariant($"{SaturatingLoad.Description}; two gateways, embedded Kafka and DynamoDB, all on this machine. {Messages:N0} messages per run after {Warmup:N0} to warm up; every run has a topology of its own; with and without take turns, and so does which goes first."));
        Console.WriteLine("With: 10 % sampling, OTLP over gRPC, and the receiving dashboard on the same processors. Without: neither.");
        Console.WriteLine();
        Console.WriteLine("| pair | messages/s without | messages/s with | ratio | services' processor time per message, ms: without | with |");
        Console.WriteLine("|---|---|---|---|---|---|");
        var (off, on) = (new List<Measured>(), new List<Measured>());
        for (var pair = 0; pair < Pairs; pair++)
        {
            foreach (var export in pair % 2 == 0 ? new[] { false, true } : [true, false])
            {
                (export ? on : off).Add(await MeasureAsync(export));
            }

            Console.WriteLine(Invariant($"| {pair + 1} | {off[pair].Rate:0} | {on[pair].Rate:0} | {on[pair].Rate / off[pair].Rate:0.00} | {off[pair].Cpu:0.000} | {on[pair].Cpu:0.000} |"));
        }

        var (without, with) = (Median(off, run => run.Rate), Median(on, run => run.Rate));
        Console.WriteLine(Invariant($"| median | {without:0} | {with:0} | **{with / without:0.00}** (bar {Bar:0.00}) | {Median(off, run => run.Cpu):0.000} | {Median(on, run => run.Cpu):0.000} |"));
    }

    private static async Task<Measured> MeasureAsync(bool export)
    {
        var data = Directory.CreateTempSubdirectory("connectchat-bench-").FullName;
        try
        {
            await using var topology = await Topology.StartAsync(new TopologyOptions
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
            if (export && topology.DashboardUrl is null)
            {
                throw new InvalidOperationException("The dashboard's CLI is not installed (npm ci --prefix tools): there is nothing to export to.");
            }

            await using var load = await SaturatingLoad.StartAsync(topology);
            await load.RunAsync(Warmup);
            var (cpu, start) = (ServicesCpu(topology), Stopwatch.GetTimestamp());
            await load.RunAsync(Messages);
            var elapsed = Stopwatch.GetElapsedTime(start);
            return new Measured(Messages / elapsed.TotalSeconds, (ServicesCpu(topology) - cpu).TotalMilliseconds / Messages);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static TimeSpan ServicesCpu(Topology topology) => topology.Services.Values
        .Where(service => service.Name != "dashboard")
        .Aggregate(TimeSpan.Zero, (sum, service) =>
        {
            using var process = Process.GetProcessById(service.ProcessId);
            return sum + process.TotalProcessorTime;
        });

    private static double Median(List<Measured> runs, Func<Measured, double> value) => Percentile([.. runs.Select(value).Order()], 50);

    private sealed record Measured(double Rate, double Cpu);
}
