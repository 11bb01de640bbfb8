using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Messaging;

[UsesGivenKafka]
public sealed class RebalanceTests(DynamoDbFixture dynamoDb)
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task An_instance_that_joins_and_one_that_leaves_in_mid_traffic_lose_nothing_and_leave_no_gap()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        string[] groups = [.. Enumerable.Range(0, 12).Select(i => world.Unique($"moved-{i}"))];
        Array.ForEach(groups, group => world.Groups.Join(group, "ann", "ben"));
        var sent = 0;
        var first = await world.StartMessagingAsync(Deadline);
        await SendAsync(20);

        var second = await world.StartMessagingAsync(Deadline);
        for (var finishes = second.FinishesAsync(Deadline); !finishes.IsCompleted;)
        {
            await SendAsync(1);
        }

        await SendAsync(20);
        var stops = first.StopAsync(Deadline);
        await SendAsync(20);
        await stops;

        foreach (var group in groups)
        {
            await ProcessingTests.AssertOrderAsync(world, group, sent);
            Assert.Empty(world.DeadLetters.Of(group));
        }

        async Task SendAsync(int count)
        {
            // Steady traffic, of which the embedded broker can hold what a rebalance of some seconds leaves behind.
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            for (; count > 0; count--, sent++)
            {
                await pace.WaitForNextTickAsync(Deadline);
                await Task.WhenAll(groups.Select(group => world.SendAsync(group, "ann", $"m{sent}", Deadline)));
            }
        }
    }
}
