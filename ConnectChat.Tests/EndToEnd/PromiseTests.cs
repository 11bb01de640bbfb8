using ConnectChat.LocalCluster.Demo;

namespace ConnectChat.Tests.EndToEnd;

[Collection(OneTopology.Name)]
public sealed class PromiseTests(TopologyFixture fixture)
{
    private const int Messages = 60;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task A_message_to_many_members_is_one_record_and_reaches_each_of_them_once_and_in_order()
    {
        await fixture.ReadyAsync(Token);
        var options = new DemoOptions { Members = 300, Connected = 40, Messages = 40, Rate = 40 };

        var report = await new DemoRun(fixture.Topology, options, _ => { }).RunAsync(Token);

        Assert.Equal(40, report.OutgoingRecords);
        Assert.Equal(report.DeliveriesExpected, report.Deliveries);
        Assert.Equal((0, 0, 0), (report.Lost, report.Duplicated, report.Reordered));
        Assert.InRange(report.BytesPerRecipient, 0.01, 5);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_member_who_was_away_gets_what_was_missed_once_and_in_order()
    {
        await fixture.ReadyAsync(Token);
        var users = Users("away", 2);
        var group = await fixture.CreateGroupAsync(users, Token);
        await using var sender = await fixture.ConnectAsync(users[0], Token);
        await sender.SendAsync(group, "before", cancellationToken: Token);
        IReadOnlyDictionary<string, long> positions;
        await using (var before = await fixture.ConnectAsync(users[1], Token))
        {
            Assert.Equal("before", Assert.Single(await TopologyFixture.TakeAsync(before, group, 1, Token)).Body);
            positions = new Dictionary<string, long> { [group] = 1 };
        }

        for (var i = 0; i < 30; i++)
        {
            await sender.SendAsync(group, $"{i}", cancellationToken: Token);
        }

        await using var after = await fixture.ConnectAsync(users[1], Token, positions);
        var missed = await TopologyFixture.TakeAsync(after, group, 30, Token);

        Assert.Equal(Enumerable.Range(0, 30).Select(number => $"{number}"), missed.Select(message => message.Body));
        Assert.Equal(Enumerable.Range(2, 30).Select(number => (long)number), missed.Select(message => message.Sequence));
    }

    [Theory(Timeout = 240_000)]
    [InlineData("gateway-1")]
    [InlineData("messaging")]
    [InlineData("groups")]
    public async Task Nothing_is_lost_repeated_or_reordered_when_a_service_is_killed_in_mid_traffic(string service)
    {
        await fixture.ReadyAsync(Token);
        var users = Users(service, 6);
        var group = await fixture.CreateGroupAsync(users, Token);
        var clients = await Task.WhenAll(users.Select(user => fixture.ConnectAsync(user, Token)));
        try
        {
            for (var i = 0; i < Messages; i++)
            {
                if (i == Messages / 3)
                {
                    fixture.Kill(service);
                }

                await clients[i % clients.Length].SendAsync(group, $"{i}", $"{service}-{i}", Token);
            }

            var received = await Task.WhenAll(clients.Select(client => TopologyFixture.TakeAsync(client, group, Messages, Token)));

            Assert.All(received, messages => Assert.Equal(Enumerable.Range(1, Messages).Select(number => (long)number), messages.Select(message => message.Sequence)));
            Assert.All(received, messages => Assert.Equal(received[0].Select(message => message.Body), messages.Select(message => message.Body)));
            Assert.Equal(Enumerable.Range(0, Messages).Select(number => $"{number}").Order(), received[0].Select(message => message.Body).Order());
            await fixture.ReadyAsync(Token);
        }
        finally
        {
            await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));
        }
    }

    private static List<string> Users(string prefix, int count) => [.. Enumerable.Range(0, count).Select(number => $"{prefix}-{number}-{Guid.NewGuid():N}")];
}
