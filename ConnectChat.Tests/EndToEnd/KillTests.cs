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
