using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using BitFaster.Caching.Lru;
using ConnectChat.Groups.Storage;
using ConnectChat.ServiceDefaults.DynamoDb;
using Microsoft.Extensions.Options;
using Polly;

namespace ConnectChat.Groups.Users;

/// <summary>User id ↔ user number. A pair, once written, never changes, so what is cached is true for ever.</summary>
/// <remarks>
/// Both directions are written in one transaction, each on the condition that it is new: whatever the counter or a lost reply did,
/// two ids never share a number and no id has two.
/// </remarks>
internal sealed class UserDirectory(
    IAmazonDynamoDB store,
    GroupsTable table,
    BatchReads reads,
    UserNumberAllocator allocator,
    TableOrigin origin,
    TimeProvider clock,
    IOptions<GroupsOptions> options)
{
    // Two items per user; a transaction holds a hundred.
    private const int UsersPerTransaction = 50;
    private const int Parallel = 4;

    private readonly ConcurrentLru<string, uint> _numbers = new(options.Value.CachedUsers);
    private readonly ResiliencePipeline _conflicts = Conflicts.Pipeline(clock);

    /// <summary>The number of one user; null when it never had one. Linearizable.</summary>
    public async ValueTask<uint?> FindAsync(string userId, CancellationToken cancellationToken)
    {
        if (_numbers.TryGet(userId, out var number))
        {
            return number;
        }

        var response = await store.GetItemAsync(
            new GetItemRequest { TableName = table.Name, Key = GroupsTable.User(userId), ConsistentRead = true }, cancellationToken);
        if (response.Item is { Count: > 0 } item)
        {
            return Remember(userId, item);
        }

        // What is not in a table that may not be used is not known.
        await origin.VersionFloorAsync(cancellationToken);
        return null;
    }

    /// <summary>The numbers of those users that have one. The ids are distinct.</summary>
    public async Task<Dictionary<string, uint>> FindAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, uint>(userIds.Count, StringComparer.Ordinal);
        var unknown = new List<string>();
        foreach (var userId in userIds)
        {
            if (_numbers.TryGet(userId, out var number))
            {
                found[userId] = number;
            }
            else
            {
                unknown.Add(userId);
            }
        }

        foreach (var item in await reads.ReadAllAsync(unknown.Select(GroupsTable.User), cancellationToken))
        {
            var userId = item.Text(GroupsTable.Partition)[GroupsTable.UserPrefix.Length..];
            found[userId] = Remember(userId, item);
        }

        if (found.Count < userIds.Count)
        {
            await origin.VersionFloorAsync(cancellationToken);
        }

        return found;
    }

    /// <summary>The numbers of all these users, new ones for those never seen. The ids are distinct.</summary>
    public async Task<Dictionary<string, uint>> ResolveAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken)
    {
        var numbers = await FindAsync(userIds, cancellationToken);
        var unknown = userIds.Where(userId => !numbers.ContainsKey(userId)).ToArray();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
        await System.Threading.Tasks.Parallel.ForEachAsync(unknown.Chunk(UsersPerTransaction), options, async (chunk, token) =>
        {
            var given = await _conflicts.ExecuteAsync(
                static async (state, inner) => await state.Directory.GiveAsync(state.Chunk, inner),
                (Directory: this, Chunk: chunk),
                token);
            lock (numbers)
            {
                foreach (var (userId, number) in given)
                {
                    numbers[userId] = number;
                }
            }
        });
        return numbers;
    }

    /// <summary>The ids behind numbers; those never given out are absent. The numbers are distinct.</summary>
    public async Task<Dictionary<uint, string>> DescribeAsync(IReadOnlyCollection<uint> numbers, CancellationToken cancellationToken)
    {
        var items = await reads.ReadAllAsync(numbers.Select(GroupsTable.NumberOf), cancellationToken);
        return items.ToDictionary(
            item => uint.Parse(item.Text(GroupsTable.Partition).AsSpan(2), System.Globalization.CultureInfo.InvariantCulture),
            item => item.Text(GroupsTable.UserId));
    }

    // Every attempt looks first: another caller may have given some of these users their numbers meanwhile.
    private async Task<Dictionary<string, uint>> GiveAsync(string[] userIds, CancellationToken cancellationToken)
    {
        var known = await FindAsync(userIds, cancellationToken);
        var unknown = userIds.Where(userId => !known.ContainsKey(userId)).ToArray();
        if (unknown.Length == 0)
        {
            return known;
        }

        var numbers = await allocator.TakeAsync(unknown.Length, cancellationToken);
        var writes = new List<TransactWriteItem>(unknown.Length * 2);
        foreach (var (userId, number) in unknown.Zip(numbers))
        {
            writes.Add(PutNew(GroupsTable.User(userId).With((GroupsTable.Number, Attributes.Number(number)))));
            writes.Add(PutNew(GroupsTable.NumberOf(number).With((GroupsTable.UserId, Attributes.Text(userId)))));
        }

        try
        {
            await store.TransactWriteItemsAsync(new TransactWriteItemsRequest { TransactItems = writes }, cancellationToken);
        }
        catch (TransactionCanceledException exception) when (Enumerable.Range(0, unknown.Length).Any(user => exception.FailedAt((2 * user) + 1)))
        {
            // Somebody has one of these numbers: the counter is behind, and so is all that is left of its block.
            await allocator.SkipAsync(numbers[^1], cancellationToken);
            throw;
        }

        foreach (var (userId, number) in unknown.Zip(numbers))
        {
            known[userId] = number;
            _numbers.AddOrUpdate(userId, number);
        }

        return known;
    }

    private TransactWriteItem PutNew(Dictionary<string, AttributeValue> item) => new()
    {
        Put = new Put { TableName = table.Name, Item = item, ConditionExpression = $"attribute_not_exists({GroupsTable.Partition})" },
    };

    private uint Remember(string userId, Dictionary<string, AttributeValue> item)
    {
        var number = (uint)item.Number(GroupsTable.Number);
        _numbers.AddOrUpdate(userId, number);
        return number;
    }
}
