using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.LocalCluster.Topologies;
using ConnectChat.Tests.Gateway;
using ConnectChat.Tests.Infrastructure;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>Who is no member gets nothing, by any way in.</summary>
[UsesGivenKafka]
[Collection(OneTopology.Name)]
public sealed class MembershipTests(TopologyFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task An_outsider_cannot_send_receive_resume_or_read()
    {
        await fixture.ReadyAsync(Token);
        var users = TopologyFixture.Users("inside", 2);
        var outsider = TopologyFixture.Users("outsider", 1)[0];
        var group = await fixture.CreateGroupAsync(users, Token);
        await using var owner = await fixture.ConnectPlainlyAsync(users[0], 0, Token);
        await using var stranger = await fixture.ConnectPlainlyAsync(outsider, 1, Token);

        await AssertShutOutAsync(stranger, outsider, group);
        await AssertShutOutAsync(stranger, outsider, $"nowhere-{Guid.NewGuid():N}");
        await SendAsync(owner, group, "among us");
        var first = await owner.NextAsync();
        Assert.Equal((1, "among us"), (first.Sequence, first.Body));

        // A group is one partition, in order: had a gateway sent the stranger anything, it would have come before the welcome.
        await ChangeAsync(users[0], $"groups/{group}/members", outsider);
        await SendAsync(owner, group, "welcome");
        Assert.Equal((2, "welcome"), await stranger.NextAsync() is { } received ? (received.Sequence, received.Body) : default);
        Assert.Equal((2, "welcome"), await owner.NextAsync() is { } live ? (live.Sequence, live.Body) : default);
        var visible = await stranger.CallAsync<HistoryPage>(HubContract.GetHistory, group, new HistoryPosition { After = 0 }, 100);
        Assert.Equal("welcome", Assert.Single(visible.Messages).Body);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_removed_member_gets_what_was_stamped_before_the_removal_and_after_coming_back_but_nothing_between()
    {
        await fixture.ReadyAsync(Token);
        var users = TopologyFixture.Users("leaving", 2);
        var group = await fixture.CreateGroupAsync(users, Token);
        await using var owner = await fixture.ConnectPlainlyAsync(users[0], 0, Token);
        await using var member = await fixture.ConnectPlainlyAsync(users[1], 1, Token);

        using var end = new CancellationTokenSource();
        var sending = SendUntilAsync(end.Token);
        var before = await owner.NextAsync(20);
        var removed = await ChangeAsync(users[0], $"groups/{group}/members/remove", users[1]);
        var between = new List<ChatMessage>();
        while (between.Count(message => message.MembershipVersion >= removed) < 20)
        {
            between.Add(await owner.NextAsync());
        }

        await AssertShutOutAsync(member, users[1], group);
        var joined = await ChangeAsync(users[0], $"groups/{group}/members", users[1]);
        while (between[^1].MembershipVersion < joined)
        {
            between.Add(await owner.NextAsync());
        }

        await end.CancelAsync();
        var sent = await sending;
        var all = before.Concat(between).Concat(await owner.NextAsync(sent - before.Count - between.Count)).ToList();
        var visible = all.Where(message => message.MembershipVersion < removed || message.MembershipVersion >= joined)
            .Select(message => message.Sequence).ToList();
        Assert.Equal(visible, (await member.NextAsync(visible.Count)).Select(message => message.Sequence));

        // From history, the new membership alone.
        var again = all.Where(message => message.MembershipVersion >= joined).Select(message => message.Sequence).ToList();
        var history = await member.CallAsync<HistoryPage>(HubContract.GetHistory, group, new HistoryPosition { After = 0 }, 500);
        Assert.Equal(again, history.Messages.Select(message => message.Sequence));
        var result = Assert.Single(await member.ResumeAsync((group, 0)));
        Assert.Equal((true, again.Count), (result.Complete, result.Replayed));
        Assert.Equal(again, (await member.NextAsync(again.Count)).Select(message => message.Sequence));

        async Task<int> SendUntilAsync(CancellationToken ended)
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
            var count = 0;
            for (; !ended.IsCancellationRequested; count++)
            {
                await SendAsync(owner, group, $"{count}");
                await pace.WaitForNextTickAsync(Token);
            }

            return count;
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_token_opens_only_what_it_is_for()
    {
        await fixture.ReadyAsync(Token);
        var user = TopologyFixture.Users("tokens", 1)[0];
        var wrongKey = new UserTokens("a-different-key-of-32-characters-or-more").Mint(user, TimeSpan.FromHours(1), TimeProvider.System);
        var service = fixture.ServiceToken(Contracts.Groups.Groups.Descriptor)[0].Value["Bearer ".Length..];
        foreach (var token in new[] { null, "nonsense", fixture.Topology.TokenFor(user, TimeSpan.FromSeconds(-30)), wrongKey, service })
        {
            await using var hub = fixture.Hub(0, token);
            var refused = await Assert.ThrowsAnyAsync<Exception>(() => hub.StartAsync(Token));
            Assert.Contains("401", refused.Message, StringComparison.Ordinal);
            using var http = new HttpClient { BaseAddress = fixture.Topology.Gateways[1] };
            http.DefaultRequestHeaders.Authorization = token is null ? null : new("Bearer", token);
            await RefusalTests.AssertProblemAsync(await http.GetAsync("groups", Token), HttpStatusCode.Unauthorized, ErrorCodes.Unauthenticated);
            await RefusalTests.AssertProblemAsync(
                await http.PostAsync($"{HubContract.Path}/negotiate?negotiateVersion=1", null, Token), HttpStatusCode.Unauthorized, ErrorCodes.Unauthenticated);
        }

        // A user who reaches the services behind the gateway gets nothing from them.
        foreach (var headers in new Metadata[] { [], new() { { "authorization", $"Bearer {fixture.Topology.TokenFor(user)}" } } })
        {
            using var groups = GrpcChannel.ForAddress(fixture.Topology.Groups);
            using var messaging = GrpcChannel.ForAddress(fixture.Topology.Messaging);
            var mine = new Contracts.Groups.Groups.GroupsClient(groups).ListGroupsOfUserAsync(
                new() { UserId = user, PageSize = 10 }, headers, cancellationToken: Token);
            Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => mine.ResponseAsync)).StatusCode);
            using var history = new Contracts.History.History.HistoryClient(messaging).Read(
                new() { GroupId = "g", ReaderId = user, Limit = 1 }, headers, cancellationToken: Token);
            Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => history.ResponseStream.MoveNext(Token))).StatusCode);
        }
    }

    private static Task<SendReceipt> SendAsync(TestClient client, string group, string body) =>
        client.CallAsync<SendReceipt>(HubContract.SendMessage, group, Guid.NewGuid().ToString("N"), body);

    private async Task<long> ChangeAsync(string owner, string path, string user)
    {
        using var http = fixture.Http(owner);
        using var response = await http.PostAsJsonAsync(path, new { userIds = new[] { user } }, Token);
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("version").GetInt64();
    }

    /// <summary>Tries every way in.</summary>
    private async Task AssertShutOutAsync(TestClient client, string user, string group)
    {
        await client.CallAsync<SendReceipt>(HubContract.SendMessage, group, $"refused-{group}"[..40], "let me in");
        var rejection = await client.RejectedAsync();
        Assert.Equal((group, $"refused-{group}"[..40], ErrorCodes.NotAMember), (rejection.GroupId, rejection.ClientMessageId, rejection.Code));

        var result = Assert.Single(await client.ResumeAsync((group, 0)));
        Assert.Equal((false, 0, ErrorCodes.NotAMember), (result.Complete, result.Replayed, result.Code));
        var refused =
            await Assert.ThrowsAsync<HubException>(() => client.CallAsync<HistoryPage>(HubContract.GetHistory, group, new HistoryPosition { After = 0 }, 10));
        Assert.Contains($"HubException: {ErrorCodes.NotAMember}: ", refused.Message, StringComparison.Ordinal);

        using var http = fixture.Http(user, 1);
        foreach (var path in new[] { "", "/members", "/messages?after=0" })
        {
            await RefusalTests.AssertProblemAsync(await http.GetAsync($"groups/{group}{path}", Token), HttpStatusCode.Forbidden, ErrorCodes.NotAMember);
        }

        using var add = await http.PostAsJsonAsync($"groups/{group}/members", new { userIds = new[] { user } }, Token);
        await RefusalTests.AssertProblemAsync(add, HttpStatusCode.Forbidden, ErrorCodes.NotAMember);
    }
}
