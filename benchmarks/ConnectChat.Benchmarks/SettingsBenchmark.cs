using ConnectChat.LocalCluster.Topologies;
using static ConnectChat.Benchmarks.Report;

namespace ConnectChat.Benchmarks;

/// <summary>
/// What environment variables do to the services' processor time under a paced load, <see cref="SideBySide"/>: what chose the runtime's settings.
/// </summary>
internal static class SettingsBenchmark
{
    private const int Members = 100;
    private const int Messages = 5 * PacedLoad.PerSecond;
    private const int Pairs = 8;

    private static readonly string[] Services = ["gateway", "messaging", "groups", "dynamodb"];

    public static async Task RunAsync(IReadOnlyList<string> variables)
    {
        Header($"What {string.Join(' ', variables)} does");
        Console.WriteLine(Invariant(
            $"Two topologies side by side, one with these variables, each with one gateway, {MeasuredTopology.Broker} and the embedded store: ",
            $"{PacedLoad.PerSecond} messages/s to {Members} connected members, {Pairs} pairs of {Messages} messages after two to warm up."));
        Console.WriteLine();
        await using var plain = await StartAsync([]);
        await using var set = await StartAsync(variables);
        using var plainLoad = await PacedLoad.StartAsync(plain, Members);
        using var setLoad = await PacedLoad.StartAsync(set, Members);
        await SideBySide.MeasureAsync(2, () => MeasureAsync(plain, plainLoad), () => MeasureAsync(set, setLoad));
        var (without, with) = await SideBySide.MeasureAsync(Pairs, () => MeasureAsync(plain, plainLoad), () => MeasureAsync(set, setLoad));

        Console.WriteLine("| processor time per message, ms, median | without | with | with ÷ without |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var service in Services)
        {
            var (before, after) = (Median(without, service), Median(with, service));
            Console.WriteLine(Invariant($"| {service} | {before:0.000} | {after:0.000} | **{after / before:0.00}** |"));
        }
    }

    private static double Median(List<Dictionary<string, double>> runs, string service) => Percentile([.. runs.Select(run => run[service]).Order()], 50);

    private static Task<MeasuredTopology> StartAsync(IReadOnlyList<string> variables) => MeasuredTopology.StartAsync(data => new TopologyOptions
    {
        DataDirectory = data,
        Gateways = 1,
        Kafka = MeasuredTopology.GivenKafka,
        Environment = variables.Select(variable => variable.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]),
    });

    private static async Task<Dictionary<string, double>> MeasureAsync(MeasuredTopology measured, PacedLoad load)
    {
        var before = measured.ProcessorTime();
        await load.RunAsync(Messages);
        var after = measured.ProcessorTime();
        return Services.ToDictionary(service => service, service => after.Where(each => each.Key.StartsWith(service, StringComparison.Ordinal))
            .Sum(each => (each.Value - before[each.Key]).TotalMilliseconds / Messages));
    }
}
