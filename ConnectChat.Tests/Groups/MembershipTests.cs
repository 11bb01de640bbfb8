using System.Collections.Concurrent;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.Contracts.Recipients;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Groups;

/// <summary>Two instances of the service on one table, as in production: what one acknowledged, the other knows.</summary>
public sealed class MembershipTests(DynamoDbFixture dynamoDb) : IAsyncLifetime
{
    private readonly string _prefix = $"{Guid.NewGuid():N}-";
    private GroupsHost[] _hosts = [];

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _hosts =
    [
        await GroupsHost.StartAsync(dynamoDb.ServiceUrl, _prefix, [new("Groups:UserNumberBlock", "7")]),
        await GroupsHost.StartAsync(dynamoDb.ServiceUrl, _prefix, [new("Groups:UserNumberBlock", "7")]),
    ];

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Random_changes_leave_at_each_version_what_a_plain_set_says()
    {
        var random = new Random(42);
        var users = Enumerable.Range(0, 150).Select(i => $"user-{i}").ToArray();
        var numbers = await ResolveAsync(_hosts[0], ["owner", .. users]);
        await CreateAsync("model");
        var model = new SortedSet<uint> { numbers["owner"] };
        long version = 1;
        for (var round = 0; round < 120; round++)
        {
            var adds = random.Next(2) == 0;
            var chosen = random.GetItems(users, random.Next(1, round % 10 == 0 ? 140 : 12)).Distinct().ToArray();
            var changed = chosen.Count(user => adds ? !model.Contains(numbers[user]) : model.Contains(numbers[user]));
            var reply = await ChangeAsync(_hosts[random.Next(2)], "model", adds, chosen);
            foreach (var user in chosen)
            {
                _ = adds ? model.Add(numbers[user]) : model.Remove(numbers[user]);
            }

            // At most ninety members a transaction, at most 139 in a call here.
            version += (changed + 89) / 90;
            Assert.Equal(new ChangeMembersReply { Version = version, Changed = changed, MemberCount = model.Count }, reply);
            var sender = random.GetItems(users, 1)[0];
            foreach (var host in _hosts)
            {
                var recipients = await RecipientsAsync(host, "model", sender, 0);
                Assert.Equal((version, model.Contains(numbers[sender])), (recipients.Version, recipients.SenderIsMember));
                Assert.Equal(model, Decode(recipients));
            }
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Concurrent_changes_through_two_instances_all_take_effect_once()
    {
        await CreateAsync("busy");
        var replies = new ConcurrentBag<ChangeMembersReply>();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
            replies.Add(await ChangeAsync(_hosts[i % 2], "busy", adds: true, [.. Enumerable.Range(0, 20).Select(j => $"busy-{(i / 2 * 20) + j}")]))));

        Assert.Equal(160, replies.Sum(reply => reply.Changed));
        var recipients = await RecipientsAsync(_hosts[0], "busy", "owner", 0);
        Assert.Equal((161, 161), (recipients.Count, Decode(recipients).Length));
        Assert.Equal(1 + replies.Count(reply => reply.Changed > 0), recipients.Version);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_removal_that_was_acknowledged_is_seen_by_every_later_call()
    {
        await CreateAsync("linear");
        await ChangeAsync(_hosts[0], "linear", adds: true, [.. Enumerable.Range(0, 200).Select(i => $"linear-{i}")]);
        var numbers = await ResolveAsync(_hosts[0], [.. Enumerable.Range(0, 200).Select(i => $"linear-{i}")]);
        var removed = new ConcurrentDictionary<uint, long>();
        using var done = new CancellationTokenSource();

        var readers = Enumerable.Range(0, 6).Select(i => Task.Run(async () =>
        {
            var reads = 0;
            long known = 0;
            var set = new HashSet<uint>();
            while (!done.IsCancellationRequested)
            {
                var before = removed.ToArray();
                var reply = await RecipientsAsync(_hosts[i % 2], "linear", "linear-0", known);
                if (!reply.NotModified)
                {
                    set = [.. Decode(reply)];
                    Assert.Equal(reply.Count, set.Count);
                }

                Assert.True(reply.Version >= known);
                known = reply.Version;
                Assert.All(before, entry => Assert.True(!set.Contains(entry.Key) && reply.Version >= entry.Value));
                Assert.Equal(set.Contains(numbers["linear-0"]), reply.SenderIsMember);
                reads++;
            }

            return reads;
        })).ToArray();

        for (var i = 199; i >= 0; i--)
        {
            var reply = await ChangeAsync(_hosts[i % 2], "linear", adds: false, [$"linear-{i}"]);
            removed[numbers[$"linear-{i}"]] = reply.Version;
            var asked = await RecipientsAsync(_hosts[(i + 1) % 2], "linear", $"linear-{i}", 0);
            Assert.False(asked.SenderIsMember);
        }

        await done.CancelAsync();
        Assert.All(await Task.WhenAll(readers), reads => Assert.True(reads > 10));
    }

    [Fact(Timeout = 120_000)]
    public async Task Numbers_given_at_once_by_two_instances_are_never_shared()
    {
        // Every user is asked for by several calls, in different orders, on both instances; blocks are of seven.
        var users = Enumerable.Range(0, 400).Select(i => $"number-{i}").ToArray();
        var seen = new ConcurrentDictionary<string, uint>();
        await Task.WhenAll(Enumerable.Range(0, 24).Select(async i =>
        {
            var random = new Random(i);
            for (var round = 0; round < 4; round++)
            {
                var asked = random.GetItems(users, 60);
                var reply = await _hosts[i % 2].Client.ResolveUsersAsync(new ResolveUsersRequest { UserIds = { asked } }, cancellationToken: Deadline);
                foreach (var (user, number) in asked.Zip(reply.UserNumbers))
                {
                    Assert.Equal(number, seen.GetOrAdd(user, number));
                }
            }
        }));

        Assert.Equal(seen.Count, seen.Values.Distinct().Count());
        Assert.DoesNotContain(0u, seen.Values);
        var described = await _hosts[1].Client.DescribeUsersAsync(
            new DescribeUsersRequest { UserNumbers = { seen.Values, 4_000_000_000 } }, cancellationToken: Deadline);
        Assert.Equal(seen.OrderBy(pair => pair.Value).Select(pair => (pair.Value, pair.Key)), described.Users.Select(user => (user.UserNumber, user.UserId)));

        // An instance that starts later goes on above.
        await using var later = await GroupsHost.StartAsync(dynamoDb.ServiceUrl, _prefix);
        var next = await ResolveAsync(later, ["late"]);
        Assert.True(next["late"] > seen.Values.Max());
    }

    private async Task CreateAsync(string groupId) =>
        await _hosts[0].Client.CreateGroupAsync(new CreateGroupRequest { ActorId = "owner", GroupId = groupId, Name = "name" }, cancellationToken: Deadline);

    private static async Task<ChangeMembersReply> ChangeAsync(GroupsHost host, string groupId, bool adds, string[] users)
    {
        var request = new ChangeMembersRequest { ActorId = "owner", GroupId = groupId, UserIds = { users } };
        return adds
            ? await host.Client.AddMembersAsync(request, cancellationToken: Deadline)
            : await host.Client.RemoveMembersAsync(request, cancellationToken: Deadline);
    }

    private static async Task<GetRecipientsReply> RecipientsAsync(GroupsHost host, string groupId, string sender, long known) =>
        await host.Client.GetRecipientsAsync(
            new GetRecipientsRequest { GroupId = groupId, SenderId = sender, KnownVersion = known }, cancellationToken: Deadline);

    private static async Task<Dictionary<string, uint>> ResolveAsync(GroupsHost host, string[] users)
    {
        var reply = await host.Client.ResolveUsersAsync(new ResolveUsersRequest { UserIds = { users } }, cancellationToken: Deadline);
        return users.Zip(reply.UserNumbers).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    private static uint[] Decode(GetRecipientsReply reply)
    {
        Assert.Equal(RecipientSetError.None, RecipientSet.TryDecode(reply.Recipients.Span, Limits.GroupMembers, out var numbers));
        return numbers;
    }
}
