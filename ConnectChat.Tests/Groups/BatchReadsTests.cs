using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using ConnectChat.Groups.Storage;
using ConnectChat.ServiceDefaults.DynamoDb;
using Microsoft.Extensions.Options;

namespace ConnectChat.Tests.Groups;

public sealed class BatchReadsTests : IDisposable
{
    private static readonly GroupsTable Table = new(Options.Create(new TableOptions()));

    private readonly ImpatientClock _clock = new();
    private readonly ThrottledStore _store = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact(Timeout = 30_000)]
    public async Task What_a_throttled_store_leaves_is_asked_for_again_until_all_is_read()
    {
        _store.PerRequest = 40;

        var items = await Reads().ReadAllAsync(Enumerable.Range(1, 100).Select(number => GroupsTable.NumberOf((uint)number)), Token);

        Assert.Equal(100, items.DistinctBy(item => item[GroupsTable.Partition].S).Count());
        Assert.Equal([100, 60, 20], _store.Asked);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_store_that_answers_nothing_is_asked_ever_less_often_and_not_for_ever()
    {
        await Assert.ThrowsAsync<TimeoutException>(() => Reads().ReadAllAsync([GroupsTable.NumberOf(1)], Token));

        Assert.Equal(11, _store.Asked.Count);
        Assert.InRange(_clock.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        var pauses = _clock.Pauses.ToArray();
        Assert.True(pauses[^3..].Min() > pauses[..3].Max(), string.Join(", ", pauses));
    }

    [Fact(Timeout = 30_000)]
    public async Task Two_callers_that_are_throttled_together_do_not_come_back_together()
    {
        await Assert.ThrowsAsync<TimeoutException>(() => Reads().ReadAllAsync([GroupsTable.NumberOf(1)], Token));
        var first = _clock.Pauses.ToArray();
        _clock.Pauses.Clear();

        await Assert.ThrowsAsync<TimeoutException>(() => Reads().ReadAllAsync([GroupsTable.NumberOf(1)], Token));

        Assert.NotEqual(first, _clock.Pauses);
    }

    private BatchReads Reads() => new(_store, Table, _clock);

    // Answers so many keys of each request, and leaves the others.
    private sealed class ThrottledStore()
        : AmazonDynamoDBClient(new AnonymousAWSCredentials(), new AmazonDynamoDBConfig { ServiceURL = "http://127.0.0.1:1" })
    {
        public int PerRequest { get; set; }

        public List<int> Asked { get; } = [];

        public override Task<BatchGetItemResponse> BatchGetItemAsync(
            BatchGetItemRequest request, CancellationToken cancellationToken = default)
        {
            var keys = request.RequestItems[Table.Name].Keys;
            Asked.Add(keys.Count);
            var left = keys.Skip(PerRequest).ToList();
            return Task.FromResult(new BatchGetItemResponse
            {
                Responses = new() { [Table.Name] = [.. keys.Take(PerRequest)] },
                UnprocessedKeys = left.Count == 0 ? [] : new() { [Table.Name] = new() { Keys = left, ConsistentRead = true } },
            });
        }
    }
}
