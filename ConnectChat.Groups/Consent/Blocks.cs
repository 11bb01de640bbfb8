using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Groups.Storage;
using ConnectChat.ServiceDefaults.DynamoDb;
using Microsoft.Extensions.Options;
using Polly;

namespace ConnectChat.Groups.Consent;

/// <summary>Whom a user does not want to be added by, and to which groups. Counted in an item of its own, so that the bound holds exactly.</summary>
internal sealed class Blocks(IAmazonDynamoDB store, GroupsTable table, UserPartition partition, IOptions<GroupsOptions> options, TimeProvider clock)
{
    private readonly ResiliencePipeline _conflicts = Conflicts.Pipeline(clock);

    /// <summary>Blocks a user. False: too many are blocked.</summary>
    public Task<bool> BlockUserAsync(string userId, string blocked, CancellationToken cancellationToken) =>
        BlockAsync(userId, GroupsTable.BlockedUser(userId, blocked), [], cancellationToken);

    /// <summary>Blocks a group, and takes its invitation away. False: too many are blocked.</summary>
    public Task<bool> BlockGroupAsync(string userId, string groupId, CancellationToken cancellationToken) => BlockAsync(
        userId,
        GroupsTable.BlockedGroup(userId, groupId),
        [new() { Delete = new Delete { TableName = table.Name, Key = GroupsTable.Invitation(userId, groupId) } }],
        cancellationToken);

    /// <summary>Takes the block of a user back. One that is not there is none.</summary>
    public Task UnblockUserAsync(string userId, string blocked, CancellationToken cancellationToken) =>
        UnblockAsync(userId, GroupsTable.BlockedUser(userId, blocked), cancellationToken);

    /// <summary>Takes the block of a group back. One that is not there is none.</summary>
    public Task UnblockGroupAsync(string userId, string groupId, CancellationToken cancellationToken) =>
        UnblockAsync(userId, GroupsTable.BlockedGroup(userId, groupId), cancellationToken);

    /// <summary>All that a user blocks, each in ascending order.</summary>
    public async Task<(IEnumerable<string> Users, IEnumerable<string> Groups)> ListAsync(string userId, CancellationToken cancellationToken)
    {
        var (items, _) = await partition.ReadAsync(userId, GroupsTable.BlockPrefix, null, int.MaxValue, cancellationToken);
        var keys = items.Select(item => item.Text(GroupsTable.Sort)).ToList();
        return (Behind(GroupsTable.BlockedUserPrefix), Behind(GroupsTable.BlockedGroupPrefix));

        IEnumerable<string> Behind(string prefix) =>
            keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Select(key => key[prefix.Length..]);
    }

    private async Task<bool> BlockAsync(
        string userId, Dictionary<string, AttributeValue> block, IEnumerable<TransactWriteItem> more, CancellationToken cancellationToken)
    {
        var put = new Put { TableName = table.Name, Item = block, ConditionExpression = $"attribute_not_exists({GroupsTable.Partition})" };
        var count = Count(userId, 1);
        count.ConditionExpression = "attribute_not_exists(#count) OR #count < :most";
        count.ExpressionAttributeValues[":most"] = Attributes.Number(options.Value.BlocksPerUser);
        var failed = await TransactAsync([new() { Put = put }, new() { Update = count }, .. more], cancellationToken);
        return failed is not 1;
    }

    private Task<int?> UnblockAsync(string userId, Dictionary<string, AttributeValue> block, CancellationToken cancellationToken)
    {
        var delete = new Delete { TableName = table.Name, Key = block, ConditionExpression = $"attribute_exists({GroupsTable.Partition})" };
        return TransactAsync([new() { Delete = delete }, new() { Update = Count(userId, -1) }], cancellationToken);
    }

    // The place of the first condition that did not hold; null when it is done.
    private Task<int?> TransactAsync(List<TransactWriteItem> writes, CancellationToken cancellationToken) => _conflicts.ExecuteAsync(
        async token =>
        {
            try
            {
                await store.TransactWriteItemsAsync(new TransactWriteItemsRequest { TransactItems = writes }, token);
                return (int?)null;
            }
            catch (TransactionCanceledException exception) when (exception.FailedAt(0) || exception.FailedAt(1))
            {
                return exception.FailedAt(0) ? 0 : 1;
            }
        },
        cancellationToken).AsTask();

    private Update Count(string userId, int change) => new()
    {
        TableName = table.Name,
        Key = GroupsTable.BlockCount(userId),
        UpdateExpression = "ADD #count :change",
        ExpressionAttributeNames = new() { ["#count"] = GroupsTable.Count },
        ExpressionAttributeValues = new() { [":change"] = Attributes.Number(change) },
    };
}
