using ConnectChat.LocalCluster.Demo;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.EndToEnd;

[UsesGivenKafka]
[Collection(OneTopology.Name)]
public sealed class PromiseTests(TopologyFixture fixture)
{
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
    public async Task A_message_to_twenty_thousand_members_is_one_record_below_a_megabyte()
    {
        await fixture.ReadyAsync(Token);
        var options = new DemoOptions { Members = 20_000, Connected = 10, Messages = 3, Rate = 20 };

        var report = await new DemoRun(fixture.Topology, options, _ => { }).RunAsync(Token);

        Assert.Equal((3, 30), (report.OutgoingRecords, report.Deliveries));
        Assert.InRange(report.BytesPerRecipient, 0.01, 5);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_member_who_was_away_gets_what_was_missed_once_and_in_order()
    {
        await fixture.ReadyAsync(Token);
        var users = TopologyFixture.Users("away", 2);
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
}
