using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.Contracts.Recipients;
using ConnectChat.Groups.Membership;
using ConnectChat.Groups.Recipients;
using ConnectChat.ServiceDefaults.DynamoDb;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Groups;

/// <summary>R14: what is read while a transaction is being written is of no version, and does no harm.</summary>
public sealed class TornReadTests(DynamoDbFixture dynamoDb) : IAsyncLifetime
{
    private readonly string _prefix = $"{Guid.NewGuid():N}-";
    private TornStore _store = null!;
    private GroupsHost _writer = null!;
    private GroupsHost _reader = null!;
    private uint[] _numbers = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _writer = await GroupsHost.StartAsync(dynamoDb.ServiceUrl, _prefix);
        _store = new TornStore(dynamoDb.ServiceUrl);
        _reader = await GroupsHost.StartAsync(dynamoDb.ServiceUrl, _prefix, configure: _store.Replace);
        _numbers = [.. (await _writer.Client.ResolveUsersAsync(new() { UserIds = { "ann", "ben", "cat" } }, cancellationToken: Token)).UserNumbers];
        await _writer.Client.CreateGroupAsync(new() { ActorId = "ann", GroupId = "g", Name = "torn" }, cancellationToken: Token);
        await AddAsync(_writer, "ben");
    }

    public async ValueTask DisposeAsync()
    {
        await _reader.DisposeAsync();
        await _writer.DisposeAsync();
        _store.Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task R14_a_member_of_a_change_that_META_does_not_show_yet_is_not_in_the_set()
    {
        _store.ShowOnce(_numbers[2]);

        Assert.Equal(At(2, _numbers[..2]), await RecipientsAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task R14_a_member_whose_removal_META_does_not_show_yet_is_in_the_set()
    {
        _store.HideOnce(_numbers[1]);

        Assert.Equal(At(2, _numbers[..2]), await RecipientsAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task R14_a_change_that_was_seen_too_early_is_followed_when_it_is_done()
    {
        _store.ShowOnce(_numbers[2]);
        await RecipientsAsync();

        await AddAsync(_reader, "cat");

        Assert.Equal(At(3, _numbers), await RecipientsAsync());
    }

    [Fact]
    public void R14_adding_a_number_that_is_there_changes_nothing_but_the_version()
    {
        var set = new MemberSet(7, [1, 5, 9]);

        var after = set.After([new MemberStep("ben", 5, null, Role.Member), new MemberStep("dan", 10, null, Role.Member)]);

        Assert.Equal((8, 4), (after.Version, after.Count));
        Assert.Equal(RecipientSet.Encode([1, 5, 9, 10]), after.Encoded.ToByteArray());
    }

    [Fact]
    public void R14_a_failure_to_encode_is_not_remembered()
    {
        uint[] numbers = [5, 5];
        var set = new MemberSet(1, numbers);
        Assert.ThrowsAny<ArgumentException>(() => set.Encoded);

        numbers[1] = 6;

        Assert.Equal(RecipientSet.Encode([5, 6]), set.Encoded.ToByteArray());
    }

    [Fact(Timeout = 60_000)]
    public async Task R14_members_that_never_agree_with_META_as_after_a_restore_are_counted_anew_at_a_version_of_their_own()
    {
        await dynamoDb.Client.UpdateItemAsync(
            new UpdateItemRequest
            {
                TableName = $"{_prefix}groups",
                Key = new() { ["PK"] = Attributes.Text("G#g"), ["SK"] = Attributes.Text("META") },
                UpdateExpression = "SET #count = :count",
                ExpressionAttributeNames = new() { ["#count"] = "count" },
                ExpressionAttributeValues = new() { [":count"] = Attributes.Number(7) },
            },
            Token);

        Assert.Equal(At(3, _numbers[..2]), await RecipientsAsync());

        var group = await _writer.Client.GetGroupAsync(new() { ActorId = "ann", GroupId = "g" }, cancellationToken: Token);
        Assert.Equal((3, 2), (group.Version, group.MemberCount));
    }

    private static async Task AddAsync(GroupsHost host, string user) => await host.Client.AddMembersAsync(
        new() { ActorId = "ann", GroupId = "g", UserIds = { user } }, cancellationToken: Token);

    private static string At(long version, params uint[] numbers) => $"version {version}: {string.Join(' ', numbers)}";

    private async Task<string> RecipientsAsync()
    {
        var reply = await _reader.Client.GetRecipientsAsync(new() { GroupId = "g", SenderId = "ann" }, cancellationToken: Token);
        Assert.Equal(RecipientSetError.None, RecipientSet.TryDecode(reply.Recipients.Span, Limits.GroupMembers, out var numbers));
        return At(reply.Version, numbers);
    }
}
