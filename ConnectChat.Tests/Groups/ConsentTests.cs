using System.Collections.Concurrent;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.ServiceDefaults.Rpc;
using ConnectChat.Tests.Infrastructure;
using Grpc.Core;

namespace ConnectChat.Tests.Groups;

/// <summary>R12: who left by itself, or blocks, is in a group again only by its own decision (decision 0016).</summary>
public sealed class ConsentTests(DynamoDbFixture dynamoDb) : IAsyncLifetime
{
    private readonly string _prefix = $"{Guid.NewGuid():N}-";
    private GroupsHost[] _hosts = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Contracts.Groups.Groups.GroupsClient Client => _hosts[0].Client;

    public async ValueTask InitializeAsync()
    {
        _hosts =
        [
            await GroupsHost.StartAsync(dynamoDb.ServiceUrl, _prefix, [new("Groups:BlocksPerUser", "3")]),
            await GroupsHost.StartAsync(dynamoDb.ServiceUrl, _prefix, [new("Groups:GroupMembers", "4")]),
        ];
        await Client.CreateGroupAsync(new() { ActorId = "ann", GroupId = "g", Name = "Tea" }, cancellationToken: Token);
        await AddAsync("ann", "ben");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task R12_who_left_is_added_by_nobody_and_all_others_of_the_call_are()
    {
        await RemoveAsync("ben", "ben");

        var added = await AddAsync("ann", "ben", "cat");

        Assert.Equal(new ChangeMembersReply { Version = 4, Changed = 1, MemberCount = 2, Declined = { "ben" } }, added);
        Assert.False(await IsMemberAsync("ben"));
        Assert.Equal(new ChangeMembersReply { Version = 4, Changed = 0, MemberCount = 2, Declined = { "ben" } }, await AddAsync("ann", "ben"));
    }

    [Fact(Timeout = 60_000)]
    public async Task R12_who_left_joins_by_an_invitation_and_has_consented_with_it()
    {
        await RemoveAsync("ben", "ben");
        await RefusedAsync(ErrorCodes.NotAMember, () => JoinAsync("ben"));
        await AddAsync("ann", "ben");
        var invitation = Assert.Single(await InvitationsAsync("ben"));
        Assert.Equal(("g", "Tea", "ann"), (invitation.GroupId, invitation.Name, invitation.InvitedBy));

        Assert.Equal(new ChangeMembersReply { Version = 4, Changed = 1, MemberCount = 2 }, await JoinAsync("ben"));

        var member = await MemberAsync("ben");
        Assert.Equal((true, 4, Role.Member), (member.IsMember, member.JoinedVersion, member.Role));
        Assert.Empty(await InvitationsAsync("ben"));
        Assert.Equal(new ChangeMembersReply { Version = 4, MemberCount = 2 }, await JoinAsync("ben"));

        // Removed by others it is as anybody.
        await RemoveAsync("ann", "ben");
        Assert.Empty((await AddAsync("ann", "ben")).Declined);
    }

    [Fact(Timeout = 60_000)]
    public async Task R12_who_was_removed_by_others_can_be_added_and_cannot_join_by_itself()
    {
        await RemoveAsync("ann", "ben");
        await RefusedAsync(ErrorCodes.NotAMember, () => JoinAsync("ben"));
        await RefusedAsync(ErrorCodes.NotAMember, () => JoinAsync("stranger"));

        Assert.Equal((1, 0), await AddAsync("ann", "ben") is { } added ? (added.Changed, added.Declined.Count) : default);
    }

    [Fact(Timeout = 60_000)]
    public async Task R12_an_administrator_who_removes_itself_among_others_has_left_and_they_have_not()
    {
        await AddAsync("ann", "cat");
        await Client.AddMembersAsync(new() { ActorId = "ann", GroupId = "g", UserIds = { "adm" }, Role = Role.Administrator }, cancellationToken: Token);
        await RemoveAsync("adm", "ben", "adm", "cat");

        Assert.Equal(["adm"], (await AddAsync("ann", "adm", "ben", "cat")).Declined);
    }

    [Fact(Timeout = 60_000)]
    public async Task R12_a_block_declines_as_leaving_does_and_leaves_no_invitation()
    {
        await Client.CreateGroupAsync(new() { ActorId = "eve", GroupId = "h", Name = "Spam" }, cancellationToken: Token);
        await BlockAsync("cat", user: "eve");
        await BlockAsync("dan", group: "h");

        var added = await AddToAsync("h", "eve", "cat", "dan", "fay");

        Assert.Equal(new ChangeMembersReply { Version = 2, Changed = 1, MemberCount = 2, Declined = { "cat", "dan" } }, added);
        Assert.Empty(await InvitationsAsync("cat"));
        Assert.Empty(await InvitationsAsync("dan"));
        await RefusedAsync(ErrorCodes.NotAMember, () => JoinAsync("cat", "h"));

        // Others, and other groups, are not blocked by it; and a block is taken back.
        Assert.Empty((await AddAsync("ann", "cat", "dan")).Declined);
        await Client.UnblockAsync(new() { UserId = "cat", BlockedUserId = "eve" }, cancellationToken: Token);
        Assert.Equal(["dan"], (await AddToAsync("h", "eve", "cat", "dan")).Declined);
    }

    [Fact(Timeout = 60_000)]
    public async Task R12_nothing_tells_the_actor_whether_a_user_left_or_blocks()
    {
        await AddAsync("ann", "cat", "dan");
        await RemoveAsync("ben", "ben");
        await RemoveAsync("ann", "cat", "dan");
        await BlockAsync("cat", user: "ann");
        await BlockAsync("dan", group: "g");

        var answers = new List<ChangeMembersReply>();
        foreach (var user in new[] { "ben", "cat", "dan", "ben" })
        {
            var answer = await AddAsync("ann", user);
            Assert.Equal([user], answer.Declined);
            answer.Declined.Clear();
            answers.Add(answer);
            answers.Add(await RemoveAsync("ann", user));
        }

        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
    }

    [Fact(Timeout = 60_000)]
    public async Task R12_a_block_ends_no_membership_and_a_members_role_may_change()
    {
        await BlockAsync("ben", user: "ann");
        await BlockAsync("ben", group: "g");

        var promoted = await Client.AddMembersAsync(
            new() { ActorId = "ann", GroupId = "g", UserIds = { "ben" }, Role = Role.Administrator }, cancellationToken: Token);

        Assert.Equal((1, 0), (promoted.Changed, promoted.Declined.Count));
        Assert.Equal(Role.Administrator, (await MemberAsync("ben")).Role);
    }

    [Fact(Timeout = 60_000)]
    public async Task R12_an_invitation_goes_by_its_user_by_a_block_or_by_those_who_invited()
    {
        await RemoveAsync("ben", "ben");
        await AddAsync("ann", "ben");
        await Client.DeclineInvitationAsync(new() { UserId = "ben", GroupId = "g" }, cancellationToken: Token);
        await NotInvitedAsync();

        await AddAsync("ann", "ben");
        Assert.Equal(0, (await RemoveAsync("ann", "ben")).Changed);
        await NotInvitedAsync();

        await AddAsync("ann", "ben");
        await BlockAsync("ben", group: "g");
        await NotInvitedAsync();

        async Task NotInvitedAsync()
        {
            Assert.Empty(await InvitationsAsync("ben"));
            await RefusedAsync(ErrorCodes.NotAMember, () => JoinAsync("ben"));
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task R12_a_user_blocks_so_many_and_each_once()
    {
        await BlockAsync("ben", user: "u1");
        await BlockAsync("ben", user: "u1");
        await BlockAsync("ben", group: "u1");
        await BlockAsync("ben", user: "u2");
        await RefusedAsync(ErrorCodes.QuotaExceeded, () => BlockAsync("ben", user: "u3"));
        await BlockAsync("ben", user: "u2");

        var blocks = await Client.ListBlocksAsync(new() { UserId = "ben" }, cancellationToken: Token);
        Assert.Equal(new ListBlocksReply { UserIds = { "u1", "u2" }, GroupIds = { "u1" } }, blocks);

        await Client.UnblockAsync(new() { UserId = "ben", BlockedUserId = "u2" }, cancellationToken: Token);
        await Client.UnblockAsync(new() { UserId = "ben", BlockedUserId = "u2" }, cancellationToken: Token);
        await BlockAsync("ben", user: "u3");
        await RefusedAsync(ErrorCodes.QuotaExceeded, () => BlockAsync("ben", user: "u2"));
        Assert.Equal(new ListBlocksReply(), await Client.ListBlocksAsync(new() { UserId = "cat" }, cancellationToken: Token));
    }

    [Fact(Timeout = 60_000)]
    public async Task R12_a_full_group_takes_nobody_back()
    {
        await RemoveAsync("ben", "ben");
        await AddAsync("ann", "ben", "u1", "u2", "u3");

        await RefusedAsync(ErrorCodes.GroupFull, async () =>
            await _hosts[1].Client.JoinGroupAsync(new() { UserId = "ben", GroupId = "g" }, cancellationToken: Token));
    }

    [Fact(Timeout = 60_000)]
    public async Task R12_invitations_are_listed_page_by_page()
    {
        for (var i = 0; i < 5; i++)
        {
            await Client.CreateGroupAsync(new() { ActorId = "ann", GroupId = $"g{i}", Name = "Tea" }, cancellationToken: Token);
            await AddToAsync($"g{i}", "ann", "cat");
            await Client.RemoveMembersAsync(new() { ActorId = "cat", GroupId = $"g{i}", UserIds = { "cat" } }, cancellationToken: Token);
            await AddToAsync($"g{i}", "ann", "cat");
        }

        var first = await Client.ListInvitationsAsync(new() { UserId = "cat", PageSize = 3 }, cancellationToken: Token);
        var second = await Client.ListInvitationsAsync(new() { UserId = "cat", PageSize = 3, PageToken = first.NextPageToken }, cancellationToken: Token);

        Assert.Equal(["g0", "g1", "g2", "g3", "g4"], first.Invitations.Concat(second.Invitations).Select(invitation => invitation.GroupId));
        Assert.Empty(second.NextPageToken);
    }

    [Fact(Timeout = 60_000)]
    public async Task R12_a_call_invites_as_many_as_it_may_add()
    {
        var users = Enumerable.Range(0, 200).Select(i => $"user-{i:D3}").ToArray();
        await AddAsync("ann", users);
        await Task.WhenAll(users.Select(user => RemoveAsync(user, user)));

        var added = await AddAsync("ann", [.. users, "cat"]);

        Assert.Equal((1, 3), (added.Changed, added.MemberCount));
        Assert.Equal(users, added.Declined);
        Assert.All(await Task.WhenAll(users.Select(InvitationsAsync)), invitations => Assert.Equal("g", Assert.Single(invitations).GroupId));
    }

    [Fact(Timeout = 120_000)]
    public async Task R12_of_leaving_and_adding_at_once_the_one_that_came_last_is_in_force()
    {
        for (var round = 0; round < 25; round++)
        {
            var user = $"racing-{round}";
            await AddAsync("ann", user);
            var declined = new ConcurrentQueue<int>();
            var adding = Enumerable.Range(0, 6).Select(async i =>
                declined.Enqueue((await AddToAsync(_hosts[i % 2].Client, "g", "ann", user)).Declined.Count));
            await Task.WhenAll([RemoveAsync(user, user), .. adding]);

            // Whatever the order was, nobody added it after it had left.
            Assert.False(await IsMemberAsync(user), $"{user}: {string.Join(' ', declined)}");
            Assert.Equal([user], (await AddAsync("ann", user)).Declined);
            Assert.Equal(1, (await JoinAsync(user)).Changed);
            Assert.Equal(1, (await RemoveAsync("ann", user)).Changed);
        }
    }

    private Task<ChangeMembersReply> AddAsync(string actor, params string[] users) => AddToAsync("g", actor, users);

    private Task<ChangeMembersReply> AddToAsync(string group, string actor, params string[] users) => AddToAsync(Client, group, actor, users);

    private static async Task<ChangeMembersReply> AddToAsync(
        Contracts.Groups.Groups.GroupsClient client, string group, string actor, params string[] users) =>
        await client.AddMembersAsync(new() { ActorId = actor, GroupId = group, UserIds = { users } }, cancellationToken: Token);

    private async Task<ChangeMembersReply> RemoveAsync(string actor, params string[] users) =>
        await Client.RemoveMembersAsync(new() { ActorId = actor, GroupId = "g", UserIds = { users } }, cancellationToken: Token);

    private async Task<ChangeMembersReply> JoinAsync(string user, string group = "g") =>
        await Client.JoinGroupAsync(new() { UserId = user, GroupId = group }, cancellationToken: Token);

    private async Task<BlockReply> BlockAsync(string by, string user = "", string group = "") => await Client.BlockAsync(
        user.Length > 0 ? new() { UserId = by, BlockedUserId = user } : new() { UserId = by, BlockedGroupId = group }, cancellationToken: Token);

    private async Task<IReadOnlyList<Invitation>> InvitationsAsync(string user) =>
        (await Client.ListInvitationsAsync(new() { UserId = user }, cancellationToken: Token)).Invitations;

    private async Task<GetMemberReply> MemberAsync(string user) =>
        await Client.GetMemberAsync(new() { GroupId = "g", UserId = user }, cancellationToken: Token);

    private async Task<bool> IsMemberAsync(string user) => (await MemberAsync(user)).IsMember;

    private static async Task RefusedAsync<T>(string code, Func<Task<T>> call) =>
        Assert.Equal(code, RpcErrors.CodeOf(await Assert.ThrowsAsync<RpcException>(call)));
}
