using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.Contracts.Recipients;
using ConnectChat.ServiceDefaults.Rpc;
using ConnectChat.Tests.Infrastructure;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using GroupsClient = ConnectChat.Contracts.Groups.Groups.GroupsClient;

namespace ConnectChat.Tests.Groups;

public sealed class ServiceTests(DynamoDbFixture dynamoDb) : IAsyncLifetime
{
    private GroupsHost _host = null!;
    private GroupsClient _client = null!;

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await GroupsHost.StartAsync(dynamoDb.ServiceUrl, $"{Guid.NewGuid():N}-", [new("Groups:GroupMembers", "250")]);
        _client = _host.Client;
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact(Timeout = 30_000)]
    public async Task A_new_group_is_at_version_one_with_its_owner_as_the_only_member()
    {
        var group = await _client.CreateGroupAsync(new CreateGroupRequest { ActorId = "ann", GroupId = "g", Name = "Tea" }, cancellationToken: Deadline);

        Assert.Equal(new Group { GroupId = "g", Name = "Tea", OwnerId = "ann", Version = 1, MemberCount = 1 }, group);
        Assert.Equal(group, await _client.GetGroupAsync(new GetGroupRequest { ActorId = "ann", GroupId = "g" }, cancellationToken: Deadline));
        var member = await _client.GetMemberAsync(new GetMemberRequest { GroupId = "g", UserId = "ann" }, cancellationToken: Deadline);
        Assert.Equal(new GetMemberReply { IsMember = true, JoinedVersion = 1, Role = Role.Owner, Version = 1 }, member);
    }

    [Fact(Timeout = 30_000)]
    public async Task Creating_a_group_again_finds_it_and_another_owner_is_refused()
    {
        var first = await CreateAsync("g", "ann");
        Assert.Equal(first, await CreateAsync("g", "ann"));
        await RefusedAsync(StatusCode.AlreadyExists, ErrorCodes.GroupExists, () => CreateAsync("g", "ben"));
        Assert.NotEmpty((await CreateAsync("", "ann")).GroupId);
    }

    [Fact(Timeout = 30_000)]
    public async Task Adding_members_who_are_members_changes_nothing()
    {
        await CreateAsync("g", "ann");
        var added = await AddAsync("g", "ann", Role.Unspecified, "ben", "cat");
        Assert.Equal(new ChangeMembersReply { Version = 2, Changed = 2, MemberCount = 3 }, added);
        Assert.Equal(new ChangeMembersReply { Version = 2, Changed = 0, MemberCount = 3 }, await AddAsync("g", "ann", Role.Member, "ben", "cat", "ann", "ben"));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_change_of_many_moves_the_version_once_per_transaction()
    {
        await CreateAsync("g", "ann");
        var users = Enumerable.Range(0, 200).Select(i => $"user-{i}").ToArray();
        Assert.Equal(new ChangeMembersReply { Version = 4, Changed = 200, MemberCount = 201 }, await AddAsync("g", "ann", Role.Unspecified, users));
        Assert.Equal(new ChangeMembersReply { Version = 7, Changed = 200, MemberCount = 1 }, await RemoveAsync("g", "ann", users));
    }

    [Fact(Timeout = 30_000)]
    public async Task Roles_decide_who_may_change_what()
    {
        await CreateAsync("g", "ann");
        await AddAsync("g", "ann", Role.Administrator, "adm");
        await AddAsync("g", "adm", Role.Unspecified, "ben", "cat", "dan");

        await RefusedAsync(StatusCode.PermissionDenied, ErrorCodes.NotAllowed, () => AddAsync("g", "ben", Role.Unspecified, "eve"));
        await RefusedAsync(StatusCode.PermissionDenied, ErrorCodes.NotAllowed, () => AddAsync("g", "adm", Role.Administrator, "ben"));
        await RefusedAsync(StatusCode.PermissionDenied, ErrorCodes.NotAllowed, () => AddAsync("g", "adm", Role.Member, "adm"));
        await RefusedAsync(StatusCode.PermissionDenied, ErrorCodes.NotAllowed, () => RemoveAsync("g", "ben", "cat"));
        await RefusedAsync(StatusCode.PermissionDenied, ErrorCodes.NotAllowed, () => RemoveAsync("g", "adm", "ben", "ann"));
        await RefusedAsync(StatusCode.PermissionDenied, ErrorCodes.NotAllowed, () => RemoveAsync("g", "ann", "ann"));
        await RefusedAsync(StatusCode.InvalidArgument, ErrorCodes.MalformedRequest, () => AddAsync("g", "ann", Role.Owner, "ben"));

        Assert.Equal(1, (await RemoveAsync("g", "ben", "ben")).Changed);
        Assert.Equal(1, (await RemoveAsync("g", "adm", "cat", "nobody")).Changed);
        Assert.Equal(1, (await AddAsync("g", "ann", Role.Administrator, "dan")).Changed);
        var dan = await _client.GetMemberAsync(new GetMemberRequest { GroupId = "g", UserId = "dan" }, cancellationToken: Deadline);
        Assert.Equal((Role.Administrator, 3), (dan.Role, dan.JoinedVersion));
        Assert.Equal(0, (await AddAsync("g", "ann", Role.Unspecified, "dan")).Changed);
        Assert.Equal(1, (await AddAsync("g", "ann", Role.Member, "dan")).Changed);
    }

    [Fact(Timeout = 30_000)]
    public async Task Outsiders_cannot_tell_a_group_from_none()
    {
        await CreateAsync("g", "ann");
        await CreateAsync("other", "eve");
        foreach (var groupId in new[] { "g", "missing" })
        {
            foreach (var outsider in new[] { "eve", "never-seen" })
            {
                await RefusedAsync(StatusCode.PermissionDenied, ErrorCodes.NotAMember, () => GetAsync(groupId, outsider));
                await RefusedAsync(StatusCode.PermissionDenied, ErrorCodes.NotAMember, () => ListAsync(groupId, outsider, 10, ""));
                await RefusedAsync(StatusCode.PermissionDenied, ErrorCodes.NotAMember, () => AddAsync(groupId, outsider, Role.Unspecified, "x"));
                await RefusedAsync(StatusCode.PermissionDenied, ErrorCodes.NotAMember, () => RemoveAsync(groupId, outsider, outsider));
            }
        }

        var member = await _client.GetMemberAsync(new GetMemberRequest { GroupId = "missing", UserId = "eve" }, cancellationToken: Deadline);
        Assert.Equal(new GetMemberReply(), member);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_full_group_takes_nobody_more_and_the_call_changes_nothing()
    {
        await CreateAsync("g", "ann");
        await AddAsync("g", "ann", Role.Unspecified, [.. Enumerable.Range(0, 249).Select(i => $"user-{i}")]);
        await RefusedAsync(StatusCode.ResourceExhausted, ErrorCodes.GroupFull, () => AddAsync("g", "ann", Role.Unspecified, "one-more"));
        Assert.Equal(250, (await GetAsync("g", "ann")).MemberCount);
        Assert.Equal(0, (await AddAsync("g", "ann", Role.Unspecified, "user-7")).Changed);
        Assert.Equal(249, (await RemoveAsync("g", "ann", "user-7")).MemberCount);
        Assert.Equal(250, (await AddAsync("g", "ann", Role.Unspecified, "one-more")).MemberCount);
    }

    [Fact(Timeout = 30_000)]
    public async Task Recipients_come_with_their_version_and_the_senders_membership()
    {
        await CreateAsync("g", "ann");
        await AddAsync("g", "ann", Role.Unspecified, "ben");

        var reply = await RecipientsAsync("g", "ben", 0);
        Assert.Equal((2, 2, true, false), (reply.Version, reply.Count, reply.SenderIsMember, reply.NotModified));
        Assert.Equal(["ann", "ben"], await NamesAsync(reply));

        var again = await RecipientsAsync("g", "eve", 2);
        Assert.Equal((2, true, false), (again.Version, again.NotModified, again.SenderIsMember));
        Assert.True(again.Recipients.IsEmpty);

        await RemoveAsync("g", "ann", "ben");
        var after = await RecipientsAsync("g", "ben", 2);
        Assert.Equal((3, false, false), (after.Version, after.NotModified, after.SenderIsMember));
        Assert.Equal(["ann"], await NamesAsync(after));

        Assert.Equal(new GetRecipientsReply { GroupNotFound = true }, await RecipientsAsync("missing", "ann", 0));
    }

    [Fact(Timeout = 30_000)]
    public async Task Members_are_listed_page_by_page_in_ascending_order()
    {
        await CreateAsync("g", "ann");
        await AddAsync("g", "ann", Role.Unspecified, [.. Enumerable.Range(0, 24).Select(i => $"user-{i}")]);

        var members = new List<Member>();
        var token = "";
        do
        {
            var page = await ListAsync("g", "user-3", 10, token);
            Assert.InRange(page.Members.Count, 1, 10);
            members.AddRange(page.Members);
            token = page.NextPageToken;
        }
        while (token.Length > 0);

        Assert.Equal(25, members.Select(member => member.UserId).Distinct().Count());
        Assert.Equal(members.Select(member => member.UserNumber).Order(), members.Select(member => member.UserNumber));
        Assert.Equal("ann", Assert.Single(members, member => member.Role == Role.Owner).UserId);
    }

    [Fact(Timeout = 30_000)]
    public async Task Groups_of_a_user_are_listed_page_by_page()
    {
        for (var i = 0; i < 7; i++)
        {
            await CreateAsync($"g{i}", "ann");
            await AddAsync($"g{i}", "ann", Role.Unspecified, "ben");
        }

        var groups = new List<MemberOf>();
        var token = "";
        do
        {
            var page = await _client.ListGroupsOfUserAsync(
                new ListGroupsOfUserRequest { UserId = "ben", PageSize = 3, PageToken = token }, cancellationToken: Deadline);
            groups.AddRange(page.Groups);
            token = page.NextPageToken;
        }
        while (token.Length > 0);

        Assert.Equal(Enumerable.Range(0, 7).Select(i => new MemberOf { GroupId = $"g{i}", Name = "name", Role = Role.Member, JoinedVersion = 2 }), groups);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_page_token_that_was_changed_or_belongs_to_another_list_is_refused()
    {
        await CreateAsync("g", "ann");
        await CreateAsync("h", "ann");
        await AddAsync("g", "ann", Role.Unspecified, "ben", "cat");
        var token = (await ListAsync("g", "ann", 1, "")).NextPageToken;

        foreach (var bad in new[] { "!", "AAAA", token[..^1], token + "A", (token[0] == 'A' ? 'B' : 'A') + token[1..], new string('A', 5_000), "\u00e4" })
        {
            await RefusedAsync(StatusCode.InvalidArgument, ErrorCodes.MalformedRequest, () => ListAsync("g", "ann", 1, bad));
        }

        await RefusedAsync(StatusCode.InvalidArgument, ErrorCodes.MalformedRequest, () => ListAsync("h", "ann", 1, token));
        Assert.Single((await ListAsync("g", "ann", 1, token)).Members);
    }

    [Fact(Timeout = 30_000)]
    public async Task Malformed_input_is_refused_with_its_code()
    {
        foreach (var id in new[] { "", "#", "a/b", "-a", new string('a', 65), "\u00e4" })
        {
            await RefusedAsync(StatusCode.InvalidArgument, ErrorCodes.MalformedIdentifier, () => CreateAsync("g", id));
            await RefusedAsync(StatusCode.InvalidArgument, ErrorCodes.MalformedIdentifier, () => GetAsync(id, "ann"));
            await RefusedAsync(StatusCode.InvalidArgument, ErrorCodes.MalformedIdentifier, () => GetAsync("g", id));
            await RefusedAsync(StatusCode.InvalidArgument, ErrorCodes.MalformedIdentifier, () => AddAsync("g", "ann", Role.Unspecified, "ok", id));
            await RefusedAsync(StatusCode.InvalidArgument, ErrorCodes.MalformedIdentifier, () => RecipientsAsync("g", id, 0));
            await RefusedAsync(
                StatusCode.InvalidArgument,
                ErrorCodes.MalformedIdentifier,
                async () => await _client.ResolveUsersAsync(new ResolveUsersRequest { UserIds = { id } }, cancellationToken: Deadline));
        }

        var many = Enumerable.Range(0, Limits.MembersPerChange + 1).Select(i => $"user-{i}").ToArray();
        await RefusedAsync(StatusCode.InvalidArgument, ErrorCodes.TooManyUsers, () => AddAsync("g", "ann", Role.Unspecified, many));
        await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorCodes.TooManyUsers,
            async () => await _client.ResolveUsersAsync(new ResolveUsersRequest { UserIds = { many } }, cancellationToken: Deadline));
        await RefusedAsync(StatusCode.InvalidArgument, ErrorCodes.MalformedRequest, () => AddAsync("g", "ann", (Role)9, "ben"));
        await RefusedAsync(StatusCode.InvalidArgument, ErrorCodes.MalformedRequest, () => RecipientsAsync("g", "ann", -1));
        await RefusedAsync(StatusCode.InvalidArgument, ErrorCodes.MalformedRequest, () => ListAsync("g", "ann", -1, ""));
        await RefusedAsync(StatusCode.InvalidArgument, ErrorCodes.MalformedRequest, async () =>
            await _client.CreateGroupAsync(
                new CreateGroupRequest { ActorId = "ann", Name = new string('n', Limits.GroupNameLength + 1) }, cancellationToken: Deadline));
        await RefusedAsync(StatusCode.InvalidArgument, ErrorCodes.MalformedRequest, async () =>
            await _client.CreateGroupAsync(new CreateGroupRequest { ActorId = "ann", Name = " \u200b " }, cancellationToken: Deadline));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_call_without_a_token_or_with_one_of_another_key_is_refused_but_health_is_not()
    {
        using var channel = GrpcChannel.ForAddress(_host.Address);
        await RefusedAsync(StatusCode.Unauthenticated, ErrorCodes.Unauthenticated, async () =>
            await new GroupsClient(channel).GetGroupAsync(new GetGroupRequest { ActorId = "ann", GroupId = "g" }, cancellationToken: Deadline));

        await using var stranger = await GroupsHost.StartAsync(dynamoDb.ServiceUrl, "stranger-", internalKey: new string('x', 40), target: _host.Address);
        await RefusedAsync(StatusCode.Unauthenticated, ErrorCodes.Unauthenticated, async () =>
            await stranger.Client.GetGroupAsync(new GetGroupRequest { ActorId = "ann", GroupId = "g" }, cancellationToken: Deadline));

        Assert.NotNull(await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest(), cancellationToken: Deadline));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_store_that_does_not_answer_is_unavailable_and_health_says_so()
    {
        await using var host = await GroupsHost.StartAsync("http://127.0.0.1:1", "gone-", waitForTable: false);
        await RefusedAsync(StatusCode.Unavailable, ErrorCodes.Unavailable, async () =>
            await host.Client.GetGroupAsync(new GetGroupRequest { ActorId = "ann", GroupId = "g" }, cancellationToken: Deadline));
    }

    private async Task<Group> CreateAsync(string groupId, string actor) =>
        await _client.CreateGroupAsync(new CreateGroupRequest { ActorId = actor, GroupId = groupId, Name = "name" }, cancellationToken: Deadline);

    private async Task<Group> GetAsync(string groupId, string actor) =>
        await _client.GetGroupAsync(new GetGroupRequest { ActorId = actor, GroupId = groupId }, cancellationToken: Deadline);

    private async Task<ChangeMembersReply> AddAsync(string groupId, string actor, Role role, params string[] users) =>
        await _client.AddMembersAsync(
            new ChangeMembersRequest { ActorId = actor, GroupId = groupId, Role = role, UserIds = { users } }, cancellationToken: Deadline);

    private async Task<ChangeMembersReply> RemoveAsync(string groupId, string actor, params string[] users) =>
        await _client.RemoveMembersAsync(new ChangeMembersRequest { ActorId = actor, GroupId = groupId, UserIds = { users } }, cancellationToken: Deadline);

    private async Task<ListMembersReply> ListAsync(string groupId, string actor, int size, string token) =>
        await _client.ListMembersAsync(
            new ListMembersRequest { ActorId = actor, GroupId = groupId, PageSize = size, PageToken = token }, cancellationToken: Deadline);

    private async Task<GetRecipientsReply> RecipientsAsync(string groupId, string sender, long known) =>
        await _client.GetRecipientsAsync(new GetRecipientsRequest { GroupId = groupId, SenderId = sender, KnownVersion = known }, cancellationToken: Deadline);

    private async Task<IEnumerable<string>> NamesAsync(GetRecipientsReply reply)
    {
        Assert.Equal(RecipientSetError.None, RecipientSet.TryDecode(reply.Recipients.Span, Limits.GroupMembers, out var numbers));
        var described = await _client.DescribeUsersAsync(new DescribeUsersRequest { UserNumbers = { numbers } }, cancellationToken: Deadline);
        return described.Users.Select(user => user.UserId).Order();
    }

    private static async Task RefusedAsync<T>(StatusCode status, string code, Func<Task<T>> call)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal((status, code), (exception.StatusCode, RpcErrors.CodeOf(exception)));
    }
}
