using System.Net.Http.Json;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Tests.Infrastructure;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>What is at the edge of the allowed must survive every service, and what is beyond must harm none.</summary>
[UsesGivenKafka]
[Collection(OneTopology.Name)]
public sealed class HostileInputTests(TopologyFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Any_text_up_to_64_KB_comes_out_everywhere_as_it_went_in()
    {
        await fixture.ReadyAsync(Token);
        var users = TopologyFixture.Users("text", 2);
        var group = await fixture.CreateGroupAsync(users, Token);
        await using var sender = await fixture.ConnectPlainlyAsync(users[0], 0, Token);
        await using var receiver = await fixture.ConnectPlainlyAsync(users[1], 1, Token);
        string[] bodies =
        [
            "\0\u0001\u001e\r\n\t\"\\</script>\u2028\ufeff\uffff",
            "e\u0301 \u202eleft\u202c 👩‍👩‍👧‍👦 \U0010ffff",
            new string('界', Limits.BodyBytes / 3),
            .. Enumerable.Repeat(new string('\u0001', Limits.BodyBytes), 40),
        ];
        foreach (var body in bodies)
        {
            await sender.CallAsync<SendReceipt>(HubContract.SendMessage, group, Guid.NewGuid().ToString("N"), body);
        }

        Assert.Equal(bodies, (await receiver.NextAsync(bodies.Length)).Select(message => message.Body));

        // Far above what one gRPC message, one page or one frame may hold.
        var resumed = Assert.Single(await receiver.ResumeAsync((group, 0)));
        Assert.Equal((true, bodies.Length), (resumed.Complete, resumed.Replayed));
        Assert.Equal(bodies, (await receiver.NextAsync(bodies.Length)).Select(message => message.Body));
        using var http = fixture.Http(users[1]);
        var read = new List<ChatMessage>();
        for (var end = false; !end;)
        {
            var page = await http.GetFromJsonAsync<HistoryPage>($"groups/{group}/messages?after={read.LastOrDefault()?.Sequence ?? 0}", Token);
            read.AddRange(page!.Messages);
            end = page.EndOfHistory;
        }

        Assert.Equal(bodies, read.Select(message => message.Body));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_resume_of_many_groups_answers_for_each_and_of_too_many_is_refused_and_the_connection_works_on()
    {
        await fixture.ReadyAsync(Token);
        var users = TopologyFixture.Users("many", 2);
        var group = await fixture.CreateGroupAsync(users, Token);
        await using var client = await fixture.ConnectPlainlyAsync(users[1], 0, Token);
        await client.CallAsync<SendReceipt>(HubContract.SendMessage, group, "one", "one");
        await client.NextAsync();

        var tooMany = Enumerable.Range(0, 10_000).Select(number => ($"none-{number}", 0L)).ToArray();
        var refused = await Assert.ThrowsAsync<HubException>(() => client.ResumeAsync(tooMany));
        Assert.Contains($"HubException: {ErrorCodes.TooManyGroups}: ", refused.Message, StringComparison.Ordinal);

        var results = await client.ResumeAsync([.. tooMany.Take(Limits.GroupsPerResume - 1), (group, 0)]);
        Assert.Equal(Limits.GroupsPerResume, results.Count);
        Assert.All(results.SkipLast(1), result => Assert.Equal((false, ErrorCodes.NotAMember), (result.Complete, result.Code)));
        Assert.Equal((group, true, 1), (results[^1].GroupId, results[^1].Complete, results[^1].Replayed));
        Assert.Equal("one", (await client.NextAsync()).Body);

        foreach (var (id, clientId, body, code) in new[]
        {
            ("g#", "c", "x", ErrorCodes.MalformedIdentifier), (group, "", "x", ErrorCodes.MalformedIdentifier), (group, "c", "", ErrorCodes.BodyEmpty),
            (group, "c", new string('x', Limits.BodyBytes + 1), ErrorCodes.BodyTooLarge),
        })
        {
            var wrong = await Assert.ThrowsAsync<HubException>(() => client.CallAsync<SendReceipt>(HubContract.SendMessage, id, clientId, body));
            Assert.Contains($"HubException: {code}: ", wrong.Message, StringComparison.Ordinal);
        }

        await client.CallAsync<SendReceipt>(HubContract.SendMessage, group, "two", "two");
        Assert.Equal((2, "two"), await client.NextAsync() is { } last ? (last.Sequence, last.Body) : default);
        await fixture.ReadyAsync(Token);
    }
}
