using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Polly;
using Polly.Retry;

namespace ConnectChat.Groups.Storage;

/// <summary>Reads many items by key, strongly consistent, a hundred at a time and several hundreds at once.</summary>
internal sealed class BatchReads(IAmazonDynamoDB store, GroupsTable table, TimeProvider clock)
{
    private const int KeysPerBatch = 100;
    private const int Parallel = 8;

    // Some five seconds in all, after which the caller has given up.
    private const int Repetitions = 10;

    private readonly ResiliencePipeline<bool> _untilAllIsRead = new ResiliencePipelineBuilder<bool> { TimeProvider = clock }
        .AddRetry(new RetryStrategyOptions<bool>
        {
            ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome is { Exception: null, Result: false }),
            MaxRetryAttempts = Repetitions,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(20),
            MaxDelay = TimeSpan.FromSeconds(1),
            UseJitter = true,
        })
        .Build();

    /// <summary>The items that exist, in no order. The keys are distinct.</summary>
    /// <exception cref="TimeoutException">The store is throttled and left some unread.</exception>
    public async Task<List<Dictionary<string, AttributeValue>>> ReadAllAsync(
        IEnumerable<Dictionary<string, AttributeValue>> keys, CancellationToken cancellationToken)
    {
        var found = new List<Dictionary<string, AttributeValue>>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
        await System.Threading.Tasks.Parallel.ForEachAsync(keys.Chunk(KeysPerBatch), options, async (batch, token) =>
        {
            var items = await ReadBatchAsync(batch, token);
            lock (found)
            {
                found.AddRange(items);
            }
        });
        return found;
    }

    private async Task<List<Dictionary<string, AttributeValue>>> ReadBatchAsync(
        Dictionary<string, AttributeValue>[] keys, CancellationToken cancellationToken)
    {
        var items = new List<Dictionary<string, AttributeValue>>(keys.Length);
        var left = new Dictionary<string, KeysAndAttributes> { [table.Name] = new() { Keys = [.. keys], ConsistentRead = true } };

        // The store answers what it has capacity for; the rest is asked for again, ever less often.
        var all = await _untilAllIsRead.ExecuteAsync(
            async token =>
            {
                var response = await store.BatchGetItemAsync(new BatchGetItemRequest { RequestItems = left }, token);
                items.AddRange(response.Responses?.GetValueOrDefault(table.Name) ?? []);
                left = response.UnprocessedKeys;
                return left is not { Count: > 0 };
            },
            cancellationToken);
        return all ? items : throw new TimeoutException("The store is throttled: it left keys unread.");
    }
}
