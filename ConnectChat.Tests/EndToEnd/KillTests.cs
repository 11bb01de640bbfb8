using System.Diagnostics;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>SIGKILL of every process in the middle of traffic.</summary>
[UsesGivenKafka]
[Collection(OneTopology.Name)]
public sealed class KillTests(TopologyFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("gateway-1")]
    [InlineData("gateway-2")]
    [InlineData("messaging")]
    [InlineData("groups")]
    [InlineData("dynamodb")]
    public async Task Nothing_is_lost_repeated_or_reordered_when_a_process_is_killed_in_mid_traffic(string service)
    {
        await fixture.ReadyAsync(Token);
        await using var traffic = await Traffic.StartAsync(fixture, Token);
        await traffic.FlowsAsync(100);

        await fixture.KillAsync(service);
        await fixture.ReadyAsync(Token);

        await traffic.FlowsAsync(100);
        await traffic.AssertPromisesAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task C6_a_message_waits_five_seconds_at_most_for_a_messaging_that_was_killed_and_started_again()
    {
        await fixture.ReadyAsync(Token);
        var users = TopologyFixture.Users("waiting", 2);
        var group = await fixture.CreateGroupAsync(users, Token);
        await using var client = await fixture.ConnectAsync(users[0], Token);
        await client.SendAsync(group, "before", cancellationToken: Token);
        await TopologyFixture.TakeAsync(client, group, 1, Token);

        await fixture.KillAsync("messaging");
        var killed = Stopwatch.GetTimestamp();
        await client.SendAsync(group, "after", cancellationToken: Token);
        await TopologyFixture.TakeAsync(client, group, 1, Token);

        Assert.InRange(Stopwatch.GetElapsedTime(killed).TotalSeconds, 0, 5);
    }

    [Fact(Timeout = 120_000)]
    public async Task Nothing_is_lost_repeated_or_reordered_when_everything_is_killed_at_once()
    {
        await fixture.ReadyAsync(Token);
        await using var traffic = await Traffic.StartAsync(fixture, Token);
        await traffic.FlowsAsync(100);

        await Task.WhenAll(fixture.Topology.Services.Keys.Select(fixture.KillAsync));
        await fixture.ReadyAsync(Token);

        await traffic.FlowsAsync(100);
        await traffic.AssertPromisesAsync();
    }
}
