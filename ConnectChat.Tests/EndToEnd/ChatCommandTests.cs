using System.Net.Http.Json;
using ConnectChat.Contracts;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>Two people in two terminals, as processes of their own.</summary>
[UsesGivenKafka]
[Collection(OneTopology.Name)]
public sealed class ChatCommandTests(TopologyFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 180_000)]
    public async Task Two_of_them_chat()
    {
        await fixture.ReadyAsync(Token);
        var (group, ann, ben) = Names();
        await using var first = Chat(ann, group);
        await first.SeesAsync($"the group {group} is new and yours");
        await first.SeesAsync("connected to ");
        await first.TypeAsync($"/add {ben}");
        await first.SeesAsync($"{ben} is a member now");
        await first.TypeAsync("hello ben");
        await first.SeesAsync($"#1 {ann}: hello ben");

        await using var second = Chat(ben, group);
        await second.SeesAsync($"#1 {ann}: hello ben");
        await second.SeesAsync("connected to ");
        await second.TypeAsync("hello \u001b[2Jann");
        await first.SeesAsync($"#2 {ben}: hello \\u{{1b}}[2Jann");
        await second.TypeAsync("/members");
        Assert.StartsWith($"· 2 in {group}: ", await second.SeesAsync($"{ann} (owner)"), StringComparison.Ordinal);
        await second.TypeAsync("/history 1");
        await second.SeesAsync("· 1 of history");
        await second.TypeAsync($"/remove {ann}");
        await second.SeesAsync($"refused ({ErrorCodes.NotAllowed}): ");

        // Accepted and rejected: a member no more when its turn came.
        await first.TypeAsync($"/remove {ben}");
        await first.SeesAsync($"{ben} is no member any more");
        await second.TypeAsync("too late");
        Assert.EndsWith(": too late", await second.SeesAsync($"rejected ({ErrorCodes.NotAMember})"), StringComparison.Ordinal);

        await second.TypeAsync("/quit");
        Assert.Equal((1, ""), await second.EndedAsync() is var ended ? (ended.Code, ended.Error) : default);
        first.PressControlC();
        Assert.Equal((0, ""), await first.EndedAsync() is var left ? (left.Code, left.Error) : default);
    }

    [Fact(Timeout = 180_000)]
    public async Task Who_left_is_in_the_group_again_only_when_it_enters_by_itself()
    {
        await fixture.ReadyAsync(Token);
        var (group, ann, ben) = Names();
        await using var first = Chat(ann, group);
        await first.SeesAsync("connected to ");
        await first.TypeAsync($"/add {ben}");
        await first.SeesAsync($"{ben} is a member now");
        await using (var second = Chat(ben, group))
        {
            await second.SeesAsync("connected to ");
            await second.TypeAsync($"/remove {ben}");
            await second.SeesAsync($"{ben} is no member any more");
        }

        await first.TypeAsync($"/add {ben}");
        await first.SeesAsync($"{ben} declines: ");
        await first.TypeAsync("without you");
        await first.SeesAsync("without you");

        await using var again = Chat(ben, group);
        await again.SeesAsync("connected to ");
        await first.TypeAsync("welcome back");
        await again.SeesAsync($"#2 {ann}: welcome back");
    }

    [Fact(Timeout = 300_000)]
    public async Task Whose_gateway_is_killed_or_drained_is_shown_that_and_misses_nothing()
    {
        await fixture.ReadyAsync(Token);
        var users = TopologyFixture.Users("chat", 2);
        var group = await fixture.CreateGroupAsync(users, Token);
        await using var first = Chat(users[0], group);
        var gateway = await first.SeesConnectedAsync(fixture.Topology);
        await using var second = Chat(users[1], group);
        await second.SeesAsync("connected to ");
        await second.TypeAsync("before");
        await first.SeesAsync($"{users[1]}: before");

        await fixture.KillAsync(gateway);
        await second.TypeAsync("while it was dead");
        await first.SeesAsync("is lost; connecting again in ");
        gateway = await first.SeesConnectedAsync(fixture.Topology);
        await first.SeesAsync("#2 ");
        await fixture.ReadyAsync(Token);
        await first.TypeAsync("still here");
        await second.SeesAsync($"{users[0]}: still here");

        await fixture.DrainAsync(gateway);
        await first.SeesAsync("is draining; connecting again in ");
        await first.SeesConnectedAsync(fixture.Topology);
        await first.SeesAsync("· resumed: ");
        await first.TypeAsync("and now");
        await second.SeesAsync($"{users[0]}: and now");
        await fixture.ReadyAsync(Token);
    }

    [Fact(Timeout = 180_000)]
    public async Task Piped_lines_are_sent_in_order_replies_are_waited_for_and_what_could_not_be_sent_shows_in_the_exit_code()
    {
        await fixture.ReadyAsync(Token);
        var users = TopologyFixture.Users("piped", 2);
        var group = await fixture.CreateGroupAsync(users, Token);
        await using var reader = Chat(users[1], group);
        await reader.SeesAsync("connected to ");

        await using (var script = Chat(users[0], group, "--linger", "60"))
        {
            for (var i = 1; i <= 30; i++)
            {
                await script.TypeAsync($"line {i}");
            }

            await script.TypeAsync("//not a command");
            script.EndInput();
            for (var i = 1; i <= 30; i++)
            {
                Assert.EndsWith($"#{i} {users[0]}: line {i}", await reader.SeesAsync(" #"), StringComparison.Ordinal);
            }

            await reader.SeesAsync(": /not a command");
            await reader.TypeAsync("a reply");
            await script.SeesAsync($"{users[1]}: a reply");
            script.PressControlC();
            Assert.Equal(0, (await script.EndedAsync()).Code);
        }

        await using var failing = Chat(users[0], group, "--linger", "0");
        await failing.TypeAsync(new string('x', Limits.BodyBytes + 1));
        await failing.TypeAsync("the next is sent all the same");
        failing.EndInput();
        await reader.SeesAsync("the next is sent all the same");
        await failing.SeesAsync($"({ErrorCodes.BodyTooLarge})");
        Assert.Equal(1, (await failing.EndedAsync()).Code);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_mistake_ends_in_a_sentence()
    {
        await fixture.ReadyAsync(Token);
        var (group, ann, ben) = Names();
        using (var http = fixture.Http(ann))
        {
            using var created = await http.PostAsJsonAsync("groups", new { groupId = group, name = group }, Token);
            created.EnsureSuccessStatusCode();
        }

        await EndsAsync($"The group {group} exists, and {ben} is no member. Its owner types in a chat of the group: /add {ben}", Chat(ben, group));
        await EndsAsync("'not an id' is no user id", Chat("not an id", group));
        await EndsAsync("'not an id' is no group id", Chat(ben, "not an id"));
        await EndsAsync("Nothing runs on ", ChatProcess.Start("--as", ben, "--group", group, "--data", Path.Combine(fixture.Data, "nothing")));
        var gateway = fixture.Topology.Gateways[0].OriginalString;
        await EndsAsync(
            "--gateway needs --token", ChatProcess.Start("--as", ben, "--group", group, "--gateway", gateway, "--data", Path.Combine(fixture.Data, "nothing")));
        await EndsAsync(
            "The gateway refuses the token",
            ChatProcess.Start("--group", group, "--gateway", gateway, "--token", fixture.Topology.TokenFor(ben, TimeSpan.FromSeconds(-30))));
        await EndsAsync("The token is of ", ChatProcess.Start("--as", ann, "--group", group, "--gateway", gateway, "--token", fixture.Topology.TokenFor(ben)));
        await EndsAsync("No gateway answers", Chat(ben, group, "--gateway", "http://127.0.0.1:1"));
        await EndsAsync("is no gateway", Chat(ben, group, "--gateway", fixture.Topology.Services["groups"].HealthUrl.GetLeftPart(UriPartial.Authority)));

        async Task EndsAsync(string sentence, ChatProcess chat)
        {
            await using (chat)
            {
                var (code, _, error) = await chat.EndedAsync();
                Assert.Equal(1, code);
                Assert.Contains(sentence, error, StringComparison.Ordinal);
                Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
            }
        }
    }

    private static (string Group, string Ann, string Ben) Names() => ($"chat-{Guid.NewGuid():N}", $"ann-{Guid.NewGuid():N}", $"ben-{Guid.NewGuid():N}");

    private ChatProcess Chat(string user, string group, params string[] more) =>
        ChatProcess.Start(["--as", user, "--group", group, "--data", fixture.Data, .. more]);
}
