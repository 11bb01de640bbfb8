using System.Diagnostics;
using ConnectChat.Contracts.Groups;
using ConnectChat.Groups.Recipients;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.Tests.Infrastructure.Hosts;
using Microsoft.Extensions.DependencyInjection;
using static ConnectChat.Benchmarks.Report;

namespace ConnectChat.Benchmarks;

/// <summary>GetRecipients of 1,000 members through gRPC and the embedded store: with nothing cached, and with the set at hand.</summary>
internal static class RecipientsBenchmark
{
    private const int Members = 1_000;
    private const int ColdCalls = 300;
    private const int WarmCalls = 3_000;
    private const double ColdBar = 25;
    private const double WarmBar = 5;

    public static async Task RunAsync()
    {
        await using var store = await EmbeddedDynamoDb.StartAsync();
        await using var host = await GroupsHost.StartAsync(store.ServiceUrl, "bench-");
        await host.Client.CreateGroupAsync(new CreateGroupRequest { ActorId = "owner", GroupId = "g", Name = "G" });
        await host.Client.AddMembersAsync(new ChangeMembersRequest
        {
            ActorId = "owner",
            GroupId = "g",
            UserIds = { Enumerable.Range(1, Members - 1).Select(_ => Guid.NewGuid().ToString()) },
        });

        var cache = host.Services.GetRequiredService<RecipientCache>();
        await MeasureAsync(host, cache, 100, cold: true, known: 0);
        await MeasureAsync(host, cache, 1_000, cold: false, known: 0);

        using var storeProcess = Process.GetProcessById(store.ProcessId);
        var (ours, stores) = (OwnCpu(), storeProcess.TotalProcessorTime);
        var cold = await MeasureAsync(host, cache, ColdCalls, cold: true, known: 0);
        storeProcess.Refresh();
        (ours, stores) = (OwnCpu() - ours, storeProcess.TotalProcessorTime - stores);
        var version = (await CallAsync(host, 0)).Version;
        var warm = await MeasureAsync(host, cache, WarmCalls, cold: false, known: 0);
        var unchanged = await MeasureAsync(host, cache, WarmCalls, cold: false, known: version);

        Header($"GetRecipients, {Members:N0} members");
        Console.WriteLine(
            "One call after the other, gRPC over loopback, embedded DynamoDB in memory. Cold: the set is not cached, its members are read. "
            + "Warm: one consistent read of META.");
        Console.WriteLine();
        Console.WriteLine("| | calls | p50 ms | p99 ms | bar ms | p99 / bar |");
        Console.WriteLine("|---|---|---|---|---|---|");
        Row("cold", cold, ColdBar);
        Row("warm, the caller has no set", warm, WarmBar);
        Row("warm, not modified", unchanged, WarmBar);
        Console.WriteLine();
        Console.WriteLine(Invariant(
            $"Processor time of one cold call, less sensitive to other load on the machine than elapsed time: ",
            $"{ours.TotalMilliseconds / ColdCalls:0.00} ms in this process (service and client), {stores.TotalMilliseconds / ColdCalls:0.00} ms ",
            $"in the store."));
        Console.WriteLine();
        Console.WriteLine(Invariant($"Cold / warm at p50: {Percentile(cold, 50) / Percentile(warm, 50):0.0}"));
    }

    private static async Task<List<double>> MeasureAsync(GroupsHost host, RecipientCache cache, int calls, bool cold, long known)
    {
        var times = new List<double>(calls);
        for (var i = 0; i < calls; i++)
        {
            if (cold)
            {
                cache.Clear();
            }

            var start = Stopwatch.GetTimestamp();
            var reply = await CallAsync(host, known);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (reply.Count != Members || !reply.SenderIsMember || reply.NotModified != (known != 0))
            {
                throw new InvalidOperationException("A wrong answer, however fast.");
            }
        }

        times.Sort();
        return times;
    }

    private static async Task<GetRecipientsReply> CallAsync(GroupsHost host, long known) =>
        await host.Client.GetRecipientsAsync(new GetRecipientsRequest { GroupId = "g", SenderId = "owner", KnownVersion = known });

    private static TimeSpan OwnCpu() => Environment.CpuUsage.TotalTime;

    private static void Row(string name, List<double> times, double bar) => Console.WriteLine(Invariant(
        $"| {name} | {times.Count} | {Percentile(times, 50):0.00} | {Percentile(times, 99):0.00} | {bar} | {Percentile(times, 99) / bar:0.00} |"));
}
