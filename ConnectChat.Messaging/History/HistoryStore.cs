using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using ConnectChat.ServiceDefaults.DynamoDb;
using Microsoft.Extensions.Options;

namespace ConnectChat.Messaging.History;

/// <summary>
/// The history of all groups, for reading. All reads are consistent. Exceptions are the SDK's: nothing is retried here beyond what the SDK
/// does. What writes to it is <see cref="HistoryLog"/>.
/// </summary>
internal sealed class HistoryStore(IAmazonDynamoDB dynamoDb, IOptions<TableOptions> tables)
{
    // Items of one page: each holds one event or more.
    private const int PageItems = 33;

    /// <summary>The table's full name.</summary>
    public string Table { get; } = tables.Value.FullName(TableSchema.History);

    /// <summary>One event; null when there is none at this sequence.</summary>
    public async Task<OutgoingEvent?> GetAsync(string groupId, long sequence, CancellationToken cancellationToken) =>
        (await FindAsync(groupId, sequence, cancellationToken)).Event;

    /// <summary>
    /// One event, or null and the sequence of the newest before it, 0 when there is none. Since sequences have no gaps, that is the newest
    /// of all.
    /// </summary>
    public async Task<(OutgoingEvent? Event, long Newest)> FindAsync(string groupId, long sequence, CancellationToken cancellationToken)
    {
        var around = await ContainingAsync(groupId, sequence, cancellationToken);
        return (around.Find(found => found.Event.Sequence == sequence).Event, around.Count == 0 ? 0 : around[^1].Event.Sequence);
    }

    /// <summary>Some events between two sequences, both included, at most <paramref name="limit"/>. Never empty while there are any.</summary>
    public async Task<IReadOnlyList<OutgoingEvent>> ReadAsync(
        string groupId, long from, long to, bool descending, int limit, CancellationToken cancellationToken)
    {
        var items = Math.Min(limit, PageItems);
        var events = descending
            ? (await NewestAsync(groupId, to, items, cancellationToken)).SelectMany(Enumerable.Reverse)
            : await AscendingAsync(groupId, from, to, items, cancellationToken);
        return [.. events.Select(sourced => sourced.Event).Where(found => found.Sequence >= from && found.Sequence <= to).Take(limit)];
    }

    /// <summary>The newest items up to a sequence, the newest first: the events of each, ascending.</summary>
    public async Task<List<List<SourcedEvent>>> NewestAsync(string groupId, long to, int items, CancellationToken cancellationToken) =>
        (await QueryAsync(groupId, 0, to, descending: true, items, cancellationToken)).ConvertAll(item => HistoryItem.ToEvents(groupId, item));

    // An item is found by the first of its sequences, so the one that holds `from` may lie before it.
    private async Task<List<SourcedEvent>> AscendingAsync(string groupId, long from, long to, int items, CancellationToken cancellationToken)
    {
        var found = (await QueryAsync(groupId, from, to, descending: false, items, cancellationToken)).SelectMany(item => HistoryItem.ToEvents(groupId, item))
            .ToList();
        return found.Count > 0 && found[0].Event.Sequence == from ? found : [.. await ContainingAsync(groupId, from, cancellationToken), .. found];
    }

    // The events of the item that holds a sequence, or of the newest before it.
    private async Task<List<SourcedEvent>> ContainingAsync(string groupId, long sequence, CancellationToken cancellationToken) =>
        await QueryAsync(groupId, 0, sequence, descending: true, limit: 1, cancellationToken) is [var item] ? HistoryItem.ToEvents(groupId, item) : [];

    private async Task<List<Dictionary<string, AttributeValue>>> QueryAsync(
        string groupId, long from, long to, bool descending, int limit, CancellationToken cancellationToken)
    {
        var page = await dynamoDb.QueryAsync(
            new QueryRequest
            {
                TableName = Table,
                KeyConditionExpression = $"{HistoryKeys.Partition} = :group AND {HistoryKeys.Sort} BETWEEN :from AND :to",
                ExpressionAttributeValues = new()
                {
                    [":group"] = HistoryKeys.Group(groupId),
                    [":from"] = HistoryKeys.Sequence(from),
                    [":to"] = HistoryKeys.Sequence(to),
                },
                ScanIndexForward = !descending,
                ConsistentRead = true,
                Limit = limit,
            },
            cancellationToken);
        return page.Items ?? [];
    }
}
