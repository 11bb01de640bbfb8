using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.Contracts.Recipients;
using ConnectChat.ServiceDefaults.DynamoDb;
using ConnectChat.ServiceDefaults.Rpc;
using ConnectChat.Tests.Infrastructure;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ConnectChat.Tests.Groups;

/// <summary>R13: a table restored from a backup knows nothing of what was handed out since; nothing of it is handed out again (decision 0018).</summary>
public sealed class RestoredTableTests(DynamoDbFixture dynamoDb)
{
    private readonly string _prefix = $"{Guid.NewGuid():N}-";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Table => $"{_prefix}groups";

    [Fact(Timeout = 60_000)]
    public async Task R13_a_restored_table_is_not_served_and_the_service_says_what_to_do()
    {
        await using (var before = await StartAsync())
        {
            await CreateAsync(before);
        }

        var id = await RestoreAsync(await BackUpAsync());
        using var logs = new CollectedLogs();
        await using var host = await GroupsHost.StartAsync(
            dynamoDb.ServiceUrl, _prefix, waitForTable: false, configure: services => services.AddSingleton<ILoggerProvider>(logs));

        await RefusedAsync(async () => await host.Client.GetGroupAsync(new() { ActorId = "ann", GroupId = "g" }, cancellationToken: Token));
        await RefusedAsync(() => NumbersAsync(host, "new"));

        // What a message that waits is judged by: that there is no such group would be final.
        await RefusedAsync(async () => await host.Client.GetRecipientsAsync(new() { GroupId = "lost", SenderId = "ann" }, cancellationToken: Token));
        await RefusedAsync(async () => await host.Client.GetMemberAsync(new() { GroupId = "g", UserId = "lost" }, cancellationToken: Token));
        await RefusedAsync(async () => await host.Client.ListGroupsOfUserAsync(new() { UserId = "ann" }, cancellationToken: Token));
        await Eventually.TrueAsync(() => logs.Entries.Any(entry =>
            entry.Text.Contains("restored", StringComparison.Ordinal) && entry.Text.Contains($"Groups:RestoredTable={id}", StringComparison.Ordinal)));
    }

    [Fact(Timeout = 60_000)]
    public async Task R13_no_number_is_given_twice_whoever_got_it_after_the_backup()
    {
        List<Dictionary<string, AttributeValue>> backup;
        uint[] kept;
        var lost = new HashSet<uint>();
        await using (var before = await StartAsync())
        {
            kept = await NumbersAsync(before, "ann", "ben");
            backup = await BackUpAsync();
            foreach (var chunk in Enumerable.Range(0, 3_000).Chunk(1_000))
            {
                lost.UnionWith(await NumbersAsync(before, [.. chunk.Select(user => $"lost-{user}")]));
            }
        }

        await using var after = await StartAcceptedAsync(backup);
        var given = await NumbersAsync(after, [.. Enumerable.Range(0, 900).Select(user => $"new-{user}"), "lost-7"]);

        Assert.Equal(kept, await NumbersAsync(after, "ann", "ben"));
        Assert.DoesNotContain(given, lost.Contains);
        Assert.True(given.Min() > lost.Max() + 16_000_000);

        // Dense again: one gap for each restore.
        Assert.Equal(given.Length, (int)(given.Max() - given.Min()) + 1);
    }

    [Fact(Timeout = 60_000)]
    public async Task R13_no_version_of_a_group_is_given_twice_and_members_are_those_of_the_backup()
    {
        List<Dictionary<string, AttributeValue>> backup;
        long lost;
        await using (var before = await StartAsync())
        {
            await CreateAsync(before);
            backup = await BackUpAsync();
            await AddAsync(before, "cat");
            lost = (await AddAsync(before, "dan")).Version;
        }

        await using var first = await StartAcceptedAsync(backup);
        await using var second = await StartAsync();
        var restored = await RecipientsAsync(first);
        Assert.True(restored.Version > lost && restored.Version < 1L << 53, $"{restored.Version}");
        Assert.Equal(1, restored.Count);
        Assert.Equal(restored, await RecipientsAsync(second));

        var added = await AddAsync(second, "eve");
        var eve = await first.Client.GetMemberAsync(new() { GroupId = "g", UserId = "eve" }, cancellationToken: Token);
        Assert.Equal((restored.Version + 1, restored.Version + 1, restored.Version + 1), (added.Version, eve.JoinedVersion, eve.Version));
        Assert.Equal((restored.Version + 1, 2), await RecipientsAsync(first) is { } now ? (now.Version, now.Count) : default);
        await first.Client.RemoveMembersAsync(new() { ActorId = "eve", GroupId = "g", UserIds = { "eve" } }, cancellationToken: Token);
        Assert.Equal(["eve"], (await AddAsync(second, "eve")).Declined);
    }

    [Fact(Timeout = 60_000)]
    public async Task R13_a_second_restore_is_refused_again_and_comes_after_the_first()
    {
        List<Dictionary<string, AttributeValue>> backup;
        await using (var before = await StartAsync())
        {
            await CreateAsync(before);
            backup = await BackUpAsync();
        }

        long version;
        uint number;
        await using (var once = await StartAcceptedAsync(backup))
        {
            version = (await AddAsync(once, "cat")).Version;
            number = (await NumbersAsync(once, "cat"))[0];
            backup = await BackUpAsync();
        }

        await using var twice = await StartAcceptedAsync(backup);
        Assert.True((await RecipientsAsync(twice)).Version > version);
        Assert.True((await NumbersAsync(twice, "new"))[0] > number);
    }

    [Fact(Timeout = 60_000)]
    public async Task R13_a_counter_behind_the_numbers_moves_on_past_them()
    {
        await using var host = await StartAsync(Setting("Groups:UserNumberBlock", "500"));
        await NumbersAsync(host, "ann");
        foreach (var chunk in Enumerable.Range(2, 1_200).Chunk(25))
        {
            await PutAsync(chunk.Select(number => new Dictionary<string, AttributeValue>
            {
                ["PK"] = Attributes.Text($"N#{number}"),
                ["SK"] = Attributes.Text("N"),
                ["id"] = Attributes.Text($"held-{number}"),
            }));
        }

        Assert.True((await NumbersAsync(host, "new"))[0] > 1_201);
    }

    [Fact(Timeout = 60_000)]
    public async Task R13_an_instance_whose_table_is_replaced_under_it_gives_out_nothing_and_ends()
    {
        await using var host = await StartAsync(Setting("Groups:UserNumberBlock", "1"));
        await NumbersAsync(host, "ann");
        var ends = new TaskCompletionSource();
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(ends.SetResult);

        await RestoreAsync(await BackUpAsync());

        await RefusedAsync(() => NumbersAsync(host, "new"));
        await ends.Task.WaitAsync(Eventually.Deadline, Token);
    }

    private static KeyValuePair<string, string?> Setting(string key, string value) => new(key, value);

    private Task<GroupsHost> StartAsync(params KeyValuePair<string, string?>[] settings) => GroupsHost.StartAsync(dynamoDb.ServiceUrl, _prefix, settings);

    private async Task<GroupsHost> StartAcceptedAsync(List<Dictionary<string, AttributeValue>> backup) =>
        await StartAsync(Setting("Groups:RestoredTable", await RestoreAsync(backup)));

    private async Task<List<Dictionary<string, AttributeValue>>> BackUpAsync()
    {
        var items = new List<Dictionary<string, AttributeValue>>();
        var scan = new ScanRequest { TableName = Table, ConsistentRead = true };
        do
        {
            var page = await dynamoDb.Client.ScanAsync(scan, Token);
            items.AddRange(page.Items);
            scan.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (scan.ExclusiveStartKey is { Count: > 0 });

        return items;
    }

    // As on AWS: a table of the same name that is another one, with the items of the backup.
    private async Task<string> RestoreAsync(List<Dictionary<string, AttributeValue>> backup)
    {
        await dynamoDb.Client.DeleteTableAsync(Table, Token);
        var created = await dynamoDb.Client.CreateTableAsync(TableSchema.Groups.ToRequest(Table), Token);
        foreach (var chunk in backup.Chunk(25))
        {
            await PutAsync(chunk);
        }

        return created.TableDescription.TableId;
    }

    private Task<BatchWriteItemResponse> PutAsync(IEnumerable<Dictionary<string, AttributeValue>> items) => dynamoDb.Client.BatchWriteItemAsync(
        new BatchWriteItemRequest
        {
            RequestItems = new() { [Table] = [.. items.Select(item => new WriteRequest { PutRequest = new PutRequest { Item = item } })] },
        },
        Token);

    private static async Task CreateAsync(GroupsHost host) =>
        await host.Client.CreateGroupAsync(new() { ActorId = "ann", GroupId = "g", Name = "restored" }, cancellationToken: Token);

    private static async Task<ChangeMembersReply> AddAsync(GroupsHost host, string user) =>
        await host.Client.AddMembersAsync(new() { ActorId = "ann", GroupId = "g", UserIds = { user } }, cancellationToken: Token);

    private static async Task<GetRecipientsReply> RecipientsAsync(GroupsHost host)
    {
        var reply = await host.Client.GetRecipientsAsync(new() { GroupId = "g", SenderId = "ann" }, cancellationToken: Token);
        Assert.Equal(RecipientSetError.None, RecipientSet.TryDecode(reply.Recipients.Span, Limits.GroupMembers, out _));
        return reply;
    }

    private static async Task<uint[]> NumbersAsync(GroupsHost host, params string[] users) =>
        [.. (await host.Client.ResolveUsersAsync(new() { UserIds = { users } }, cancellationToken: Token)).UserNumbers];

    private static async Task RefusedAsync<T>(Func<Task<T>> call) =>
        Assert.Equal(ErrorCodes.Unavailable, RpcErrors.CodeOf(await Assert.ThrowsAsync<RpcException>(call)));
}
