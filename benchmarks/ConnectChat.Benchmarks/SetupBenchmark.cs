using System.Diagnostics;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.Tests.Infrastructure.Hosts;
using static ConnectChat.Benchmarks.Report;

namespace ConnectChat.Benchmarks;

/// <summary>A group of 100,000 users never seen before: calls of 1,000, four at a time.</summary>
internal static class SetupBenchmark
{
    private const int Parallel = 4;
    private const double Bar = 90;

    public static async Task RunAsync()
    {
        await using var store = await EmbeddedDynamoDb.StartAsync();
        await using var host = await GroupsHost.StartAsync(store.ServiceUrl, "bench-");
        await host.Client.CreateGroupAsync(new CreateGroupRequest { ActorId = "owner", GroupId = "g", Name = "G" });
        Header($"Setting up a group of {Limits.GroupMembers:N0}");
        var users = Enumerable.Range(1, Limits.GroupMembers - 1).Select(_ => Guid.NewGuid().ToString()).Chunk(Limits.MembersPerChange);
        var start = Stopwatch.GetTimestamp();
        await System.Threading.Tasks.Parallel.ForEachAsync(users, new ParallelOptions { MaxDegreeOfParallelism = Parallel }, async (chunk, token) =>
            await host.Client.AddMembersAsync(new ChangeMembersRequest { ActorId = "owner", GroupId = "g", UserIds = { chunk } }, cancellationToken: token));
        var added = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        var reply = await host.Client.GetRecipientsAsync(new GetRecipientsRequest { GroupId = "g", SenderId = "owner" });
        var read = Stopwatch.GetElapsedTime(start);

        Console.WriteLine("| | seconds | bar | |");
        Console.WriteLine("|---|---|---|---|");
        Console.WriteLine(Invariant(
            $"| {Limits.GroupMembers:N0} new users added, {Parallel} calls at a time | {added.TotalSeconds:0.0} | {Bar} | ",
            $"{Limits.GroupMembers / added.TotalSeconds:0} members/s |"));
        Console.WriteLine(Invariant($"| first GetRecipients | {read.TotalSeconds:0.00} | | {reply.Count:N0} members, {reply.Recipients.Length:N0} bytes |"));
    }
}
