using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using ConnectChat.ServiceDefaults.DynamoDb;
using Microsoft.Extensions.Options;

namespace ConnectChat.Messaging.History;

/// <summary>How a write ended.</summary>
internal enum WriteOutcome
{
    /// <summary>The message is in history.</summary>
    Written,

    /// <summary>Another message has this sequence: what the writer knows of the group is out of date.</summary>
    SequenceTaken,

    /// <summary>The client id stands for a message already, possibly for this one (a write whose answer was lost).</summary>
    Duplicate,
}

/// <summary>
/// The history of all groups. A message is written once, at one sequence, together with its client id, in one transaction; all reads
/// are consistent. Exceptions are the SDK's: nothing is retried here beyond what the SDK does.
/// </summary>
internal sealed class HistoryStore(
    IAmazonDynamoDB dynamoDb, IOptions<TableOptions> tables, IOptions<HistoryOptions> options, TimeProvider clock)
{
    private static readonly string IfAbsent = $"attribute_not_exists({HistoryKeys.Partition})";

    /// <summary>The table's full name.</summary>
    public string Table { get; } = tables.Value.FullName(TableSchema.History);

    /// <summary>Writes a message if its sequence and its client id are both free.</summary>
    public async Task<WriteOutcome> WriteAsync(OutgoingEvent message, Source source, CancellationToken cancellationToken)
    {
        try
        {
            await dynamoDb.TransactWriteItemsAsync(
                new TransactWriteItemsRequest
                {
                    TransactItems =
                    [
                        Put(HistoryItem.From(message, source)),
                        Put(ClientId(message, source)),
                    ],
                },
                cancellationToken);
            return WriteOutcome.Written;
        }
        catch (TransactionCanceledException cancelled) when (cancelled.FailedAt(1))
        {
            return WriteOutcome.Duplicate;
        }
        catch (TransactionCanceledException cancelled) when (cancelled.FailedAt(0))
        {
            return WriteOutcome.SequenceTaken;
        }
    }

    /// <summary>What a client id stands for; null when it is free.</summary>
    public async Task<Written?> FindAsync(string groupId, string senderId, string clientMessageId, CancellationToken cancellationToken)
    {
        var item = await GetItemAsync(groupId, HistoryKeys.ClientId(senderId, clientMessageId), cancellationToken);
        return item is null ? null : HistoryItem.ToWritten(item);
    }

    /// <summary>One message; null when there is none at this sequence.</summary>
    public async Task<OutgoingEvent?> GetAsync(string groupId, long sequence, CancellationToken cancellationToken)
    {
        var item = await GetItemAsync(groupId, HistoryKeys.Sequence(sequence), cancellationToken);
        return item is null ? null : HistoryItem.ToMessage(groupId, item);
    }

    /// <summary>The state of a group from its newest messages.</summary>
    /// <param name="groupId">The group.</param>
    /// <param name="recent">At most so many; fewer when they are large, since one page is read.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<GroupPosition> LoadStateAsync(string groupId, int recent, CancellationToken cancellationToken)
    {
        var newest = await QueryAsync(groupId, 0, long.MaxValue, descending: true, recent, cancellationToken);
        var state = new GroupPosition(recent);
        foreach (var item in Enumerable.Reverse(newest))
        {
            state.Add(
                item.Text(HistoryItem.SenderId),
                item.Text(HistoryItem.ClientMessageId),
                HistoryItem.ToWritten(item),
                item.Number(HistoryItem.MembershipVersion));
        }

        return state;
    }

    /// <summary>One page of messages between two sequences, both included. Never empty while there are any.</summary>
    public async Task<IReadOnlyList<OutgoingEvent>> ReadAsync(
        string groupId, long from, long to, bool descending, int limit, CancellationToken cancellationToken) =>
        [.. (await QueryAsync(groupId, from, to, descending, limit, cancellationToken)).Select(item => HistoryItem.ToMessage(groupId, item))];

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

    private async Task<Dictionary<string, AttributeValue>?> GetItemAsync(string groupId, AttributeValue sort, CancellationToken cancellationToken)
    {
        var reply = await dynamoDb.GetItemAsync(
            new GetItemRequest { TableName = Table, Key = HistoryKeys.Of(HistoryKeys.Group(groupId), sort), ConsistentRead = true },
            cancellationToken);
        return reply.Item is { Count: > 0 } item ? item : null;
    }

    private TransactWriteItem Put(Dictionary<string, AttributeValue> item) =>
        new() { Put = new Put { TableName = Table, Item = item, ConditionExpression = IfAbsent } };

    private Dictionary<string, AttributeValue> ClientId(OutgoingEvent message, Source source) => new()
    {
        [HistoryKeys.Partition] = HistoryKeys.Group(message.GroupId),
        [HistoryKeys.Sort] = HistoryKeys.ClientId(message.SenderId, message.ClientMessageId),
        [HistoryItem.Sequence] = Attributes.Number(message.Sequence),
        [HistoryItem.SourcePartition] = Attributes.Number(source.Partition),
        [HistoryItem.SourceOffset] = Attributes.Number(source.Offset),
        [HistoryKeys.ExpiresAt] = Attributes.Number((clock.GetUtcNow() + options.Value.IdempotencyRetention).ToUnixTimeSeconds()),
    };
}
