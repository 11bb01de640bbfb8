using System.Collections.Concurrent;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.Tests.Infrastructure.Fakes;

/// <summary>
/// The real client, which counts write units as DynamoDB bills them: one for each KiB of an item that is written, two within a transaction,
/// where the check of a condition costs what a write does.
/// </summary>
internal sealed class WriteUnits(Uri store) : AmazonDynamoDBClient(
    "local", "local", new AmazonDynamoDBConfig { ServiceURL = store.ToString(), AuthenticationRegion = "eu-central-1" })
{
    private readonly ConcurrentQueue<(string Partition, long Units)> _written = [];

    /// <summary>Units by partition key since the last call.</summary>
    public Dictionary<string, long> Take()
    {
        var taken = new Dictionary<string, long>();
        while (_written.TryDequeue(out var write))
        {
            taken[write.Partition] = taken.GetValueOrDefault(write.Partition) + write.Units;
        }

        return taken;
    }

    /// <summary>Takes the place of a host's client.</summary>
    public void Replace(IServiceCollection services) => services.AddSingleton<IAmazonDynamoDB>(this);

    public override Task<PutItemResponse> PutItemAsync(PutItemRequest request, CancellationToken cancellationToken = default)
    {
        Count(request.Item, 1);
        return base.PutItemAsync(request, cancellationToken);
    }

    public override Task<BatchWriteItemResponse> BatchWriteItemAsync(BatchWriteItemRequest request, CancellationToken cancellationToken = default)
    {
        foreach (var write in request.RequestItems.SelectMany(table => table.Value))
        {
            Count(write.PutRequest.Item, 1);
        }

        return base.BatchWriteItemAsync(request, cancellationToken);
    }

    public override Task<TransactWriteItemsResponse> TransactWriteItemsAsync(TransactWriteItemsRequest request, CancellationToken cancellationToken = default)
    {
        foreach (var write in request.TransactItems)
        {
            Count(write.Put?.Item ?? write.ConditionCheck.Key, 2);
        }

        return base.TransactWriteItemsAsync(request, cancellationToken);
    }

    private void Count(Dictionary<string, AttributeValue> item, int perKiB)
    {
        var bytes = item.Sum(attribute => attribute.Key.Length
            + (attribute.Value.B?.Length ?? System.Text.Encoding.UTF8.GetByteCount(attribute.Value.S ?? attribute.Value.N)));
        _written.Enqueue((item["PK"].S, perKiB * ((bytes + 1023) / 1024)));
    }
}
