using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.ServiceDefaults.DynamoDb;

namespace ConnectChat.Messaging.History;

/// <summary>How a write ended.</summary>
internal enum WriteOutcome
{
    /// <summary>It is in the table.</summary>
    Written,

    /// <summary>What the writer knows of the group is out of date: the sequence is taken, or another owner has loaded the group.</summary>
    Outdated,

    /// <summary>A client id stands for something already, possibly for this very event (a write whose answer was lost).</summary>
    Known,
}

/// <summary>
/// Writes what was decided about events of one group, so that of several owners who decide at the same time one prevails, and what it
/// decided is final (docs/decisions/0015-history-in-batches.md). Exceptions are the SDK's.
/// </summary>
internal sealed class HistoryLog(IAmazonDynamoDB dynamoDb, HistoryStore history, ClientIds clientIds)
{
    /// <summary>DynamoDB takes 100 items in a transaction, one of which is the owner's mark.</summary>
    public const int MostRefusals = 99;

    private static readonly string IfAbsent = $"attribute_not_exists({HistoryKeys.Partition})";

    /// <summary>
    /// Takes a group over: from the mark that is written here on, other owners' batches and refusals fail. Then what they wrote is read,
    /// and client ids that a crash left unwritten are written.
    /// </summary>
    /// <param name="groupId">The group.</param>
    /// <param name="capacity">So many client ids are remembered.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<GroupPosition> LoadAsync(string groupId, int capacity, CancellationToken cancellationToken)
    {
        const int Items = 10;
        var position = new GroupPosition(Guid.NewGuid().ToString("N"), capacity);
        var mark = HistoryKeys.Owner(groupId);
        mark[HistoryItem.Epoch] = Attributes.Text(position.Epoch);
        await dynamoDb.PutItemAsync(new PutItemRequest { TableName = history.Table, Item = mark }, cancellationToken);

        var newest = await history.NewestAsync(groupId, long.MaxValue, Items, cancellationToken);
        if (newest is [{ Count: > 1 } last, ..])
        {
            // The client id of a single event is written with it.
            await clientIds.WriteAsync(last, cancellationToken);
        }

        foreach (var (known, source) in Enumerable.Reverse(newest).SelectMany(events => events))
        {
            position.Add(known.SenderId, known.ClientMessageId, new Judged(known.Sequence, source), known.MembershipVersion);
        }

        return position;
    }

    /// <summary>Writes one event and its client id, if its sequence and its client id are both free.</summary>
    public Task<WriteOutcome> WriteOneAsync(SourcedEvent written, CancellationToken cancellationToken) =>
        TransactAsync([Put(HistoryItem.From([written])), Put(clientIds.Item(written))], cancellationToken);

    /// <summary>
    /// Writes consecutive events, if the first sequence is free and the owner is still the last that loaded the group. Their client ids, which
    /// must be free, are to be written afterwards, and before anything else of this group.
    /// </summary>
    public Task<WriteOutcome> WriteBatchAsync(GroupPosition owner, IReadOnlyList<SourcedEvent> written, CancellationToken cancellationToken) =>
        TransactAsync([IfOwner(owner, written[0].Event.GroupId), Put(HistoryItem.From(written))], cancellationToken);

    /// <summary>Makes refusals final, if none of the client ids stands for anything and the owner is still the last that loaded the group.</summary>
    public Task<WriteOutcome> RefuseAsync(
        GroupPosition owner, string groupId, IReadOnlyList<Dictionary<string, AttributeValue>> refusals, CancellationToken cancellationToken) =>
        TransactAsync([IfOwner(owner, groupId), .. refusals.Select(Put)], cancellationToken);

    private async Task<WriteOutcome> TransactAsync(List<TransactWriteItem> writes, CancellationToken cancellationToken)
    {
        try
        {
            await dynamoDb.TransactWriteItemsAsync(new TransactWriteItemsRequest { TransactItems = writes }, cancellationToken);
            return WriteOutcome.Written;
        }
        catch (TransactionCanceledException cancelled) when (Failed(cancelled) is { Count: > 0 } failed)
        {
            return failed.Any(index => IsClientId(writes[index])) ? WriteOutcome.Known : WriteOutcome.Outdated;
        }
    }

    private TransactWriteItem Put(Dictionary<string, AttributeValue> item) =>
        new() { Put = new Put { TableName = history.Table, Item = item, ConditionExpression = IfAbsent } };

    private TransactWriteItem IfOwner(GroupPosition owner, string groupId) => new()
    {
        ConditionCheck = new ConditionCheck
        {
            TableName = history.Table,
            Key = HistoryKeys.Owner(groupId),
            ConditionExpression = $"{HistoryItem.Epoch} = :epoch",
            ExpressionAttributeValues = new() { [":epoch"] = Attributes.Text(owner.Epoch) },
        },
    };

    private static bool IsClientId(TransactWriteItem write) => write.Put?.Item.ContainsKey(HistoryItem.SourceOffset) == true;

    private static List<int> Failed(TransactionCanceledException cancelled) =>
        [.. (cancelled.CancellationReasons ?? [])
            .Select((reason, index) => (reason, index))
            .Where(each => each.reason.Code == "ConditionalCheckFailed")
            .Select(each => each.index)];
}
