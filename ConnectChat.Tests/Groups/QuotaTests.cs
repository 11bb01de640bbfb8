using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.ServiceDefaults.Rpc;
using ConnectChat.Tests.Infrastructure;
using Grpc.Core;

namespace ConnectChat.Tests.Groups;

/// <summary>R12: what lasts for ever has a quota, and nothing is given out for a change that is refused.</summary>
public sealed class QuotaTests(DynamoDbFixture dynamoDb)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task R12_a_change_that_does_not_fit_the_group_gives_out_no_numbers()
    {
        await using var host = await StartAsync(("Groups:GroupMembers", "3"), ("Groups:UserNumberBlock", "1"));
        await CreateAsync(host, "g");
        var before = await NumberAsync(host, "before");

        var refused = await Assert.ThrowsAsync<RpcException>(() => AddAsync(host, "ann", [.. Enumerable.Range(0, 50).Select(user => $"invented-{user}")]));

        Assert.Equal(ErrorCodes.GroupFull, RpcErrors.CodeOf(refused));
        Assert.Equal(before + 1, await NumberAsync(host, "after"));
    }

    [Fact(Timeout = 60_000)]
    public async Task R12_a_user_adds_so_many_ids_that_nobody_has_seen_before_and_any_number_of_those_that_are_known()
    {
        await using var host = await StartAsync(("Groups:NewUsersPerHour", "1000"));
        await CreateAsync(host, "g");
        var first = Enumerable.Range(0, 1_000).Select(user => $"invented-{user}").ToArray();
        await AddAsync(host, "ann", first);

        var refused = await Assert.ThrowsAsync<RpcException>(() => AddAsync(host, "ann", [.. Enumerable.Range(0, 100).Select(user => $"more-{user}")]));
        Assert.Equal(ErrorCodes.RateLimited, RpcErrors.CodeOf(refused));

        await NumberAsync(host, "known");
        Assert.Equal(1, (await AddAsync(host, "ann", [.. first[..10], "known"])).Changed);
    }

    [Fact(Timeout = 60_000)]
    public async Task R12_a_user_owns_so_many_groups_and_may_repeat_the_creation_of_each()
    {
        await using var host = await StartAsync(("Groups:GroupsOwned", "2"));
        await CreateAsync(host, "g1");
        await CreateAsync(host, "g2");

        var refused = await Assert.ThrowsAsync<RpcException>(() => CreateAsync(host, "g3"));

        Assert.Equal((StatusCode.ResourceExhausted, ErrorCodes.QuotaExceeded), (refused.StatusCode, RpcErrors.CodeOf(refused)));
        Assert.Equal(1, (await CreateAsync(host, "g1")).Version);
    }

    private Task<GroupsHost> StartAsync(params (string Key, string Value)[] settings) => GroupsHost.StartAsync(
        dynamoDb.ServiceUrl, $"t{Guid.NewGuid():N}-", settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));

    private static async Task<Group> CreateAsync(GroupsHost host, string group) =>
        await host.Client.CreateGroupAsync(new CreateGroupRequest { ActorId = "ann", GroupId = group, Name = "quota" }, cancellationToken: Token);

    private static async Task<ChangeMembersReply> AddAsync(GroupsHost host, string actor, string[] users) => await host.Client.AddMembersAsync(
        new ChangeMembersRequest { ActorId = actor, GroupId = "g", UserIds = { users } }, cancellationToken: Token);

    private static async Task<uint> NumberAsync(GroupsHost host, string user) =>
        (await host.Client.ResolveUsersAsync(new ResolveUsersRequest { UserIds = { user } }, cancellationToken: Token)).UserNumbers[0];
}
