namespace ConnectChat.Tests.EndToEnd;

/// <summary>What the dashboard shows once the first message went through a topology.</summary>
[Collection(OneTopology.Name)]
public sealed class FirstMessageTests(FirstMessage first) : IClassFixture<FirstMessage>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // A service sends its spans in the order in which they end: with those of the message there, whatever was before it is there as well.
    [Fact(Timeout = 60_000)]
    public async Task Nothing_that_services_do_by_themselves_is_a_trace() => Assert.Equal(
        ["gateway-1 ChatHub/SendMessage", "gateway-1 POST /groups/", "gateway-1 POST /groups/{groupId}/members"],
        await first.Dashboard.RootsAsync(Token));
}
