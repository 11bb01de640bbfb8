namespace ConnectChat.Tests.EndToEnd;

/// <summary>What the dashboard shows once the first message went through a topology.</summary>
[Collection(OneTopology.Name)]
public sealed class FreshTopologyTests(FirstMessage first) : IClassFixture<FirstMessage>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // A service sends its spans in the order in which they end: with those of the message there, whatever was before it is there as well.
    [Fact(Timeout = 60_000)]
    public async Task Nothing_that_services_do_by_themselves_is_a_trace() => Assert.Equal(
        [
            "gateway-1 ChatHub/SendMessage",
            "gateway-1 DELETE /groups/{groupId}/members/{userId}",
            "gateway-1 POST /groups/",
            "gateway-1 POST /groups/{groupId}/members",
        ],
        await first.Dashboard.RootsAsync(Token));

    [Fact(Timeout = 60_000)]
    public async Task Each_service_says_in_one_line_what_it_did_with_the_message_and_the_line_leads_to_the_trace()
    {
        var dashboard = first.Dashboard;
        var id = first.Trace.Published[0].Tags["connectchat.message.id"];
        Assert.Equal(
            [
                $"gateway-1 Information: Message {first.ClientMessageId} of group {FirstMessage.Group} is accepted",
                $"gateway-1 Information: Sequence 1 of group {FirstMessage.Group} is fanned out: 1 delivered, 1 ignored",
                $"gateway-2 Information: Sequence 1 of group {FirstMessage.Group} is fanned out: 1 delivered, 1 ignored",
                $"groups Information: Recipients of group {FirstMessage.Group} are answered (read): 2 at version 3",
                $"messaging Information: Message {id} of group {FirstMessage.Group} is published at sequence 1: 1 record, 2 recipients",
            ],
            await dashboard.LinesOfAsync(first.Trace.Id, 5, Token));
        Assert.DoesNotContain(first.ClientMessageId, first.Console, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("traces")]
    [InlineData("logs")]
    public async Task Nothing_says_what_the_message_was_or_who_the_members_are(string what)
    {
        var said = await first.Dashboard.RawAsync(what, ["groups", "messaging", "gateway-1", "gateway-2"], Token);

        Assert.All(
            [FirstMessage.Body, FirstMessage.Ann, FirstMessage.Ben, FirstMessage.Cid], secret => Assert.DoesNotContain(secret, said, StringComparison.Ordinal));
    }
}
