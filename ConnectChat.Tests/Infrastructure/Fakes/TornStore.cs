using System.Collections.Concurrent;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.ServiceDefaults.DynamoDb;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.Tests.Infrastructure.Fakes;

/// <summary>
/// The real client, whose pages of members show what DynamoDB may show while a transaction is being written: some of its members and not
/// its META yet.
/// </summary>
internal sealed class TornStore(string store) : AmazonDynamoDBClient(
    "local", "local", new AmazonDynamoDBConfig { ServiceURL = store, AuthenticationRegion = "eu-central-1" })
{
    private readonly ConcurrentQueue<Action<List<Dictionary<string, AttributeValue>>>> _tears = [];

    /// <summary>The next page of a group's members, which no page of the warm-up is, also shows these numbers.</summary>
    public void ShowOnce(params uint[] numbers) => _tears.Enqueue(items =>
        items.AddRange(numbers.Select(number => new Dictionary<string, AttributeValue> { ["number"] = Attributes.Number(number) })));

    /// <summary>The next page of a group's members does not show this number any more.</summary>
    public void HideOnce(uint number) => _tears.Enqueue(items => items.RemoveAll(item => item.Number("number") == number));

    /// <summary>Takes the place of a host's client.</summary>
    public void Replace(IServiceCollection services) => services.AddSingleton<IAmazonDynamoDB>(this);

    public override async Task<QueryResponse> QueryAsync(QueryRequest request, CancellationToken cancellationToken = default)
    {
        var page = await base.QueryAsync(request, cancellationToken);
        if (!request.ExpressionAttributeValues.Values.Any(value => value.S == "G##warm-up") && _tears.TryDequeue(out var tear))
        {
            tear(page.Items);
        }

        return page;
    }
}
