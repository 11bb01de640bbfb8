using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Tests.Gateway;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>R12: leaving is for good, and blocking is the same answer given beforehand, over the gateway (decision 0016).</summary>
[UsesGivenKafka]
[Collection(OneTopology.Name)]
public sealed class ConsentTests(TopologyFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task R12_who_left_is_invited_and_receives_nothing_before_it_joins_by_itself()
    {
        await fixture.ReadyAsync(Token);
        var users = TopologyFixture.Users("consent", 3);
        var (owner, administrator, leaver) = (users[0], users[1], users[2]);
        var group = await fixture.CreateGroupAsync([owner, leaver], Token);
        using var owners = fixture.Http(owner);
        using var administrators = fixture.Http(administrator);
        using var leavers = fixture.Http(leaver, gateway: 1);
        using var promoted = await owners.PostAsJsonAsync(
            $"groups/{group}/members", new { userIds = new[] { administrator }, role = "Administrator" }, Token);
        promoted.EnsureSuccessStatusCode();
        await using var sender = await fixture.ConnectPlainlyAsync(owner, 0, Token);
        await using var receiver = await fixture.ConnectPlainlyAsync(leaver, 1, Token);

        using var left = await leavers.DeleteAsync($"groups/{group}/members/{leaver}", Token);
        left.EnsureSuccessStatusCode();
        await RefusalTests.AssertProblemAsync(
            await leavers.PostAsync($"groups/{group}/members/me", null, Token), HttpStatusCode.Forbidden, ErrorCodes.NotAMember);
        Assert.Equal([leaver], Declined(await AddAsync(administrators, group, leaver)));
        await RefusalTests.AssertProblemAsync(await leavers.GetAsync($"groups/{group}", Token), HttpStatusCode.Forbidden, ErrorCodes.NotAMember);
        await SendAsync(sender, group, "without you");
        Assert.Equal("without you", (await sender.NextAsync()).Body);
        var invitations = (await leavers.GetFromJsonAsync<JsonElement>("me/invitations", Token)).GetProperty("invitations");
        var invitation = Assert.Single(invitations.EnumerateArray());
        Assert.Equal((group, administrator), (invitation.GetProperty("groupId").GetString(), invitation.GetProperty("invitedBy").GetString()));

        using var joined = await leavers.PostAsync($"groups/{group}/members/me", null, Token);
        Assert.Equal(1, (await joined.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("changed").GetInt32());

        // A group is one partition, in order: had the gateway sent the other message, it would have come first.
        await SendAsync(sender, group, "welcome back");
        Assert.Equal("welcome back", (await receiver.NextAsync()).Body);
        Assert.Empty((await leavers.GetFromJsonAsync<JsonElement>("me/invitations", Token)).GetProperty("invitations").EnumerateArray());
    }

    [Fact(Timeout = 60_000)]
    public async Task R12_a_blocked_user_and_a_blocked_group_get_the_answer_that_a_user_who_left_gives()
    {
        await fixture.ReadyAsync(Token);
        var users = TopologyFixture.Users("blocking", 5);
        var (owner, left, blocksUser, blocksGroup, other) = (users[0], users[1], users[2], users[3], users[4]);
        var group = await fixture.CreateGroupAsync([owner, left], Token);
        using var owners = fixture.Http(owner);
        using var lefts = fixture.Http(left);
        using var userBlockers = fixture.Http(blocksUser, gateway: 1);
        using var groupBlockers = fixture.Http(blocksGroup, gateway: 1);
        (await lefts.DeleteAsync($"groups/{group}/members/{left}", Token)).EnsureSuccessStatusCode().Dispose();
        await NoContentAsync(userBlockers.PutAsync($"me/blocks/users/{owner}", null, Token));
        await NoContentAsync(groupBlockers.PutAsync($"me/blocks/groups/{group}", null, Token));
        var blocks = await groupBlockers.GetFromJsonAsync<JsonElement>("me/blocks", Token);
        Assert.Equal(group, Assert.Single(blocks.GetProperty("groupIds").EnumerateArray()).GetString());

        var answers = new List<string>();
        foreach (var user in new[] { left, blocksUser, blocksGroup })
        {
            var answer = (await AddAsync(owners, group, user)).GetRawText();
            Assert.Contains(user, answer, StringComparison.Ordinal);
            answers.Add(answer.Replace(user, "user", StringComparison.Ordinal));
        }

        Assert.Single(answers.Distinct());
        Assert.Equal(new[] { blocksUser, blocksGroup }.Order(StringComparer.Ordinal), Declined(await AddAsync(owners, group, blocksUser, blocksGroup, other)));
        await NoContentAsync(userBlockers.DeleteAsync($"me/blocks/users/{owner}", Token));
        Assert.Empty(Declined(await AddAsync(owners, group, blocksUser)));
    }

    private static async Task<JsonElement> AddAsync(HttpClient by, string group, params string[] users)
    {
        using var answer = await by.PostAsJsonAsync($"groups/{group}/members", new { userIds = users }, Token);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(Token);
    }

    private static IEnumerable<string?> Declined(JsonElement answer) => answer.GetProperty("declined").EnumerateArray().Select(user => user.GetString());

    private static async Task NoContentAsync(Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    private static Task<SendReceipt> SendAsync(TestClient client, string group, string body) =>
        client.CallAsync<SendReceipt>(HubContract.SendMessage, group, Guid.NewGuid().ToString("N"), body);
}
