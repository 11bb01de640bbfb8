using System.Diagnostics;
using Confluent.Kafka;
using ConnectChat.Contracts.Records;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Messaging;

/// <summary>R8: a rejection is final, wherever Messaging dies around it, and although its sender is a member when the record is read again.</summary>
[UsesGivenKafka]
public sealed class RefusalKillTests(DynamoDbFixture dynamoDb)
{
    private const int Kills = 50;
    private static readonly KillPlace[] Places = Enum.GetValues<KillPlace>();

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact(Timeout = 90_000)]
    public async Task R8_after_fifty_kills_around_rejections_nothing_that_was_rejected_is_published()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var (point, random, began) = (new KillPoint(), new Random(8), Stopwatch.GetTimestamp());
        var host = await StartAsync(world, point, life: 0);
        for (var kill = 0; kill < Kills; kill++)
        {
            var (group, place) = (world.Unique($"killed-{kill}"), Places[kill % Places.Length]);
            string[] sent = [.. Enumerable.Range(1, random.Next(1, 4)).Select(number => $"x{number}")];
            world.Groups.Join(group, "ann");
            point.Arm(place, group);
            foreach (var id in sent)
            {
                await world.SendAsync(group, "eve", id, Deadline);
            }

            await (place == KillPlace.BeforeCommit
                ? world.Outgoing.WaitAsync(group, found => Rejected(found).Count == sent.Length, Deadline)
                : point.Reached.WaitAsync(Deadline));
            world.Groups.Join(group, "eve");
            await host.DisposeAsync();

            point.Arm(KillPlace.BeforeCommit, group);
            world.GoOn($"life-{kill}", $"life-{kill + 1}");
            host = await StartAsync(world, point, life: kill + 1);
            await world.SendAsync(group, "eve", "after", Deadline);
            var records = await world.Outgoing.WaitAsync(group, found => Published(found).Contains("after"), Deadline);
            AssertFinal(place, [.. sent, "after"], Rejected(records), Published(records));
        }

        TestContext.Current.SendDiagnosticMessage($"{Kills} kills around rejections took {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s");
    }

    private static void AssertFinal(KillPlace place, string[] sent, List<string> rejected, List<string> published)
    {
        var what = $"{place}: rejected {string.Join(' ', rejected)}, published {string.Join(' ', published)}";
        Assert.False(rejected.Intersect(published).Any(), what);
        Assert.True(rejected.Union(published).Order().SequenceEqual(sent.Order()), what);

        // What was written is told after the kill as well, what was told before is told again; what was neither may be anything.
        Assert.True(place == KillPlace.BeforeWrite || rejected.Count > 0, what);
        Assert.True(place < KillPlace.AfterTelling || rejected.Count > rejected.Distinct().Count(), what);
    }

    private Task<MessagingHost> StartAsync(MessagingWorld world, KillPoint point, int life) => world.StartMessagingAsync(
        services => point.Replace(services, dynamoDb.ServiceUrl),
        Deadline,
        consumerGroup: $"life-{life}",
        configuration:
        [
            // Short, for what a kill stops never ends by itself. Who is killed before it commits never commits.
            new("Messaging:DrainTimeout", "00:00:00.1"),
            new("Aspire:Confluent:Kafka:Consumer:Config:EnableAutoCommit", Places[life % Places.Length] == KillPlace.BeforeCommit ? "false" : "true"),
        ]);

    private static List<string> Rejected(IReadOnlyList<ConsumeResult<string, byte[]>> records) =>
        [.. records.Where(record => !TopicReader.IsMessage(record)).Select(record => Rejection.Parser.ParseFrom(record.Message.Value).ClientMessageId)];

    private static List<string> Published(IReadOnlyList<ConsumeResult<string, byte[]>> records) =>
        [.. records.Where(TopicReader.IsMessage).Select(record => TopicReader.Message(record).ClientMessageId)];
}
