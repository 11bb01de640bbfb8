using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Groups.Storage;
using ConnectChat.ServiceDefaults.DynamoDb;

namespace ConnectChat.Groups.Consent;

/// <summary>Reads what a user's own partition holds of one kind, strongly consistent, in ascending order.</summary>
internal sealed class UserPartition(IAmazonDynamoDB store, GroupsTable table)
{
    /// <summary>So many items whose sort keys begin with a prefix, after one of them, and whether there are more.</summary>
    public async Task<(List<Dictionary<string, AttributeValue>> Items, bool More)> ReadAsync(
        string userId, string prefix, Dictionary<string, AttributeValue>? after, int limit, CancellationToken cancellationToken)
    {
        var query = new QueryRequest
        {
            TableName = table.Name,
            ConsistentRead = true,
            KeyConditionExpression = $"{GroupsTable.Partition} = :user AND begins_with({GroupsTable.Sort}, :prefix)",
            ExpressionAttributeValues = new()
            {
                [":user"] = Attributes.Text($"{GroupsTable.UserPrefix}{userId}"),
                [":prefix"] = Attributes.Text(prefix),
            },
            Limit = limit,
            ExclusiveStartKey = after,
        };
        var items = new List<Dictionary<string, AttributeValue>>();
        do
        {
            var page = await store.QueryAsync(query, cancellationToken);
            items.AddRange(page.Items ?? []);
            query.Limit = limit - items.Count;
            query.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (items.Count < limit && query.ExclusiveStartKey is { Count: > 0 });

        return (items, query.ExclusiveStartKey is { Count: > 0 });
    }
}
