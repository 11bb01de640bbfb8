using System.Net.Http.Json;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>What a client learns that was away, or whose position is of another history.</summary>
[UsesGivenKafka]
[Collection(OneTopology.Name)]
public sealed class OutcomeTests(TopologyFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task C4_The_outcome_of_an_accepted_send_is_learned_later_and_on_another_device()
    {
        await fixture.ReadyAsync(Token);
        var users = TopologyFixture.Users("outcome", 2);
        var stranger = TopologyFixture.Users("refused", 1)[0];
        var group = await fixture.CreateGroupAsync(users, Token);
        await using (var member = await fixture.ConnectPlainlyAsync(users[1], 0, Token))
        {
            await member.CallAsync<SendReceipt>(HubContract.SendMessage, group, "said", "hello");
            await member.NextAsync();
        }

        // Gone before the rejection is told.
        await using (var sending = await fixture.ConnectPlainlyAsync(stranger, 0, Token))
        {
            await sending.CallAsync<SendReceipt>(HubContract.SendMessage, group, "unheard", "hello");
        }

        await using var another = await fixture.ConnectPlainlyAsync(users[1], 1, Token);
        var (never, said) = (Outcome("never", "unknown"), Outcome("said", "delivered") with { Sequence = 1 });
        Assert.Equal(
            [never, said],
            await another.CallAsync<SendOutcome[]>(HubContract.GetOutcomes, group, new[] { "never", "said" }));

        // Asked by its sender alone: the same id of somebody else is another message.
        await using var client = await fixture.ConnectAsync(stranger, Token);
        var rejected = Outcome("unheard", "rejected") with { Code = ErrorCodes.NotAMember };
        while ((await client.GetOutcomesAsync(group, ["unheard"], Token))[0] != rejected)
        {
            await Task.Delay(20, Token);
        }

        Assert.Equal(SendOutcomes.Unknown, (await client.GetOutcomesAsync(group, ["said"], Token))[0].Outcome);
        using var http = fixture.Http(stranger, gateway: 1);
        Assert.Equal([rejected], (await http.GetFromJsonAsync<SendOutcome[]>($"groups/{group}/messages/outcomes?clientMessageId=unheard", Token))!);
    }

    private static SendOutcome Outcome(string id, string outcome) => new() { ClientMessageId = id, Outcome = outcome };

    [Fact(Timeout = 60_000)]
    public async Task F2_A_position_beyond_the_newest_message_is_told_and_clients_start_again()
    {
        await fixture.ReadyAsync(Token);
        var users = TopologyFixture.Users("restored", 2);
        var group = await fixture.CreateGroupAsync(users, Token);
        await using var owner = await fixture.ConnectPlainlyAsync(users[0], 0, Token);
        foreach (var body in new[] { "one", "two", "three" })
        {
            await owner.SendAsync(group, body);
        }

        await owner.NextAsync(3);
        await using var plain = await fixture.ConnectPlainlyAsync(users[1], 1, Token);
        var result = Assert.Single(await plain.ResumeAsync((group, 100)));
        Assert.Equal((false, "position_beyond_newest", 3L, 0), (result.Complete, result.Code, result.LastSequence, result.Replayed));
        Assert.True(Assert.Single(await plain.ResumeAsync((group, 3))).Complete);
        var empty = await fixture.CreateGroupAsync(users, Token);
        Assert.Equal(("position_beyond_newest", 0L), Assert.Single(await plain.ResumeAsync((empty, 1))) is var none ? (none.Code, none.LastSequence) : default);

        // Live flows, though its sequence lies below the position that was asked for.
        Assert.Equal("position_beyond_newest", Assert.Single(await plain.ResumeAsync((group, long.MaxValue))).Code);
        await owner.SendAsync(group, "four");
        Assert.Equal((4, "four"), await plain.NextAsync() is var live ? (live.Sequence, live.Body) : default);

        await using var client = await fixture.ConnectAsync(users[1], Token, new Dictionary<string, long> { [group] = 100 });
        var shown = await TopologyFixture.TakeAsync(client, group, 4, Token);
        Assert.Equal([1L, 2L, 3L, 4L], shown.Select(message => message.Sequence));
    }
}
