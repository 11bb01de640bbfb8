using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace ConnectChat.Groups.Storage;

/// <summary>Reads many items by key, strongly consistent, a hundred at a time and several hundreds at once.</summary>
internal static class BatchReads
{
    private const int KeysPerBatch = 100;
    private const int Parallel = 8;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>The items that exist, in no order. The keys are distinct.</summary>
    public static async Task<List<Dictionary<string, AttributeValue>>> ReadAllAsync(
        this IAmazonDynamoDB store, string table, IEnumerable<Dictionary<string, AttributeValue>> keys, CancellationToken cancellationToken)
    {
        var found = new List<Dictionary<string, AttributeValue>>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
        await System.Threading.Tasks.Parallel.ForEachAsync(keys.Chunk(KeysPerBatch), options, async (batch, token) =>
        {
            var items = await ReadBatchAsync(store, table, batch, token);
            lock (found)
            {
                found.AddRange(items);
            }
        });
        return found;
    }

    private static async Task<List<Dictionary<string, AttributeValue>>> ReadBatchAsync(
        IAmazonDynamoDB store, string table, Dictionary<string, AttributeValue>[] keys, CancellationToken cancellationToken)
    {
        var items = new List<Dictionary<string, AttributeValue>>(keys.Length);
        var pending = new Dictionary<string, KeysAndAttributes> { [table] = new() { Keys = [.. keys], ConsistentRead = true } };
        while (true)
        {
            var response = await store.BatchGetItemAsync(new BatchGetItemRequest { RequestItems = pending }, cancellationToken);
            if (response.Responses?.GetValueOrDefault(table) is { } read)
            {
                items.AddRange(read);
            }

            if (response.UnprocessedKeys is not { Count: > 0 } unprocessed)
            {
                return items;
            }

            // The store answers what it has capacity for; the rest is asked for again.
            pending = unprocessed;
            await Task.Delay(Pause, cancellationToken);
        }
    }
}
