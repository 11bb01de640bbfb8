using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>The promises hold for any SignalR client that follows docs/protocol.md, not only for ours.</summary>
[UsesGivenKafka]
[Collection(OneTopology.Name)]
public sealed class PlainClientTests(TopologyFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task What_is_sent_while_a_plain_client_is_away_or_its_gateway_is_killed_arrives_once_and_in_order(string protocol)
    {
        await fixture.ReadyAsync(Token);
        var users = TopologyFixture.Users("plain", 2);
        var group = await fixture.CreateGroupAsync(users, Token);
        await using var sender = await fixture.ConnectAsync(users[0], Token);
        await using (var before = Start(last: 0))
        {
            await before.NextAsync("resumed", Token);
            await SendAsync(1, 10);
            Assert.Equal(Expected(1, 10), await before.TakeAsync(10, Token));
        }

        await SendAsync(11, 40);
        await using var client = Start(last: 10);
        var gateway = (await client.NextAsync("connected", Token)).GetProperty("gateway").GetString();
        Assert.Equal(Expected(11, 40), await client.TakeAsync(30, Token));

        // Live messages before, during and after the end of the gateway; the other one serves the client from then on.
        await SendAsync(41, 60);
        var killed = fixture.KillAsync($"gateway-{fixture.Topology.Gateways.ToList().FindIndex(address => address.OriginalString == gateway) + 1}");
        await SendAsync(61, 140);
        await killed;

        Assert.Equal(Expected(41, 140), await client.TakeAsync(100, Token));
        await fixture.ReadyAsync(Token);
        await SendAsync(141, 141);
        Assert.Equal(Expected(141, 141), await client.TakeAsync(1, Token));

        PlainClient Start(long last) => PlainClient.Start(fixture.Topology.TokenFor(users[1]), group, last, protocol, fixture.Topology.Gateways);

        async Task SendAsync(int from, int to)
        {
            for (var i = from; i <= to; i++)
            {
                await sender.SendAsync(group, $"{i}", cancellationToken: Token);
            }
        }

        static IEnumerable<(long, string)> Expected(int from, int to) => Enumerable.Range(from, to - from + 1).Select(number => ((long)number, $"{number}"));
    }
}
