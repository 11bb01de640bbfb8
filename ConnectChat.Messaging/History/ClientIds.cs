using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts.Records;
using ConnectChat.ServiceDefaults.DynamoDb;
using Microsoft.Extensions.Options;

namespace ConnectChat.Messaging.History;

/// <summary>
/// What client ids stand for, each under a key of its own, for as long as a retry may come. Exceptions are the SDK's.
/// </summary>
internal sealed class ClientIds(IAmazonDynamoDB dynamoDb, HistoryStore history, IOptions<HistoryOptions> options, TimeProvider clock)
{
    /// <summary>So many events are written together at most, and so many client ids looked up.</summary>
    public const int MostInBatch = 100;

    // Of BatchWriteItem.
    private const int MostWrites = 25;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>What one client id stands for; null when it is free.</summary>
    public async Task<Judged?> FindAsync(string groupId, string senderId, string clientMessageId, CancellationToken cancellationToken)
    {
        var reply = await dynamoDb.GetItemAsync(
            new GetItemRequest { TableName = history.Table, Key = HistoryKeys.ClientId(groupId, senderId, clientMessageId), ConsistentRead = true },
            cancellationToken);
        return reply.Item is { Count: > 0 } item ? HistoryItem.ToJudged(item) : null;
    }

    /// <summary>What several client ids of a group stand for; those that are free are absent. At most <see cref="MostInBatch"/>, each once.</summary>
    public async Task<Dictionary<(string Sender, string ClientMessageId), Judged>> FindAsync(
        string groupId, IReadOnlyCollection<(string Sender, string ClientMessageId)> wanted, CancellationToken cancellationToken)
    {
        var ids = wanted.ToDictionary(id => HistoryKeys.ClientId(groupId, id.Sender, id.ClientMessageId)[HistoryKeys.Partition].S, StringComparer.Ordinal);
        var found = new Dictionary<(string, string), Judged>(ids.Count);
        var left = new Dictionary<string, KeysAndAttributes>
        {
            [history.Table] = new() { ConsistentRead = true, Keys = [.. wanted.Select(id => HistoryKeys.ClientId(groupId, id.Sender, id.ClientMessageId))] },
        };
        for (var pause = Pause; ids.Count > 0; pause = await WaitAsync(pause, cancellationToken))
        {
            var reply = await dynamoDb.BatchGetItemAsync(new BatchGetItemRequest { RequestItems = left }, cancellationToken);
            foreach (var item in reply.Responses.GetValueOrDefault(history.Table) ?? [])
            {
                found[ids[item[HistoryKeys.Partition].S]] = HistoryItem.ToJudged(item);
            }

            left = reply.UnprocessedKeys;
            if (left is not { Count: > 0 })
            {
                break;
            }
        }

        return found;
    }

    /// <summary>Writes what the client ids of events in history stand for. Writing them again changes nothing.</summary>
    public Task WriteAsync(IReadOnlyList<SourcedEvent> events, CancellationToken cancellationToken) => Task.WhenAll(
        events.Select(written => new WriteRequest(new PutRequest(Item(written)))).Chunk(MostWrites).Select(chunk => WriteAsync([.. chunk], cancellationToken)));

    /// <summary>The item that says at which sequence an event is.</summary>
    public Dictionary<string, AttributeValue> Item(SourcedEvent written) =>
        Item(written.Event.GroupId, written.Event.SenderId, written.Event.ClientMessageId, new Judged(written.Event.Sequence, written.Source));

    /// <summary>The item that says that an event is refused.</summary>
    public Dictionary<string, AttributeValue> Item(IncomingEvent refused, Source source, string code) =>
        Item(refused.GroupId, refused.SenderId, refused.ClientMessageId, new Judged(0, source, code));

    private Dictionary<string, AttributeValue> Item(string groupId, string senderId, string clientMessageId, Judged judged)
    {
        var item = HistoryKeys.ClientId(groupId, senderId, clientMessageId);
        item[HistoryItem.Sequence] = Attributes.Number(judged.Sequence);
        item[HistoryItem.SourcePartition] = Attributes.Number(judged.Source.Partition);
        item[HistoryItem.SourceOffset] = Attributes.Number(judged.Source.Offset);
        item[HistoryKeys.ExpiresAt] = Attributes.Number((clock.GetUtcNow() + options.Value.IdempotencyRetention).ToUnixTimeSeconds());
        if (judged.Refusal is { } code)
        {
            item[HistoryItem.Refusal] = Attributes.Text(code);
        }

        return item;
    }

    private async Task WriteAsync(List<WriteRequest> writes, CancellationToken cancellationToken)
    {
        var left = new Dictionary<string, List<WriteRequest>> { [history.Table] = writes };
        for (var pause = Pause; ; pause = await WaitAsync(pause, cancellationToken))
        {
            left = (await dynamoDb.BatchWriteItemAsync(new BatchWriteItemRequest { RequestItems = left }, cancellationToken)).UnprocessedItems;
            if (left is not { Count: > 0 })
            {
                return;
            }
        }
    }

    // DynamoDB leaves out what it has no room for now.
    private async Task<TimeSpan> WaitAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        await Task.Delay(pause, clock, cancellationToken);
        return pause * 2 < LongestPause ? pause * 2 : LongestPause;
    }
}
