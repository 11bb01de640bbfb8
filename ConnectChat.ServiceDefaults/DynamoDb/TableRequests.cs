using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts;

namespace ConnectChat.ServiceDefaults.DynamoDb;

/// <summary>From a schema to what DynamoDB is asked.</summary>
public static class TableRequests
{
    /// <summary>Creates the table, billed by request.</summary>
    /// <param name="schema">What it looks like.</param>
    /// <param name="tableName">Its full name.</param>
    public static CreateTableRequest ToRequest(this TableSchema schema, string tableName)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return new CreateTableRequest
        {
            TableName = tableName,
            BillingMode = BillingMode.PAY_PER_REQUEST,
            AttributeDefinitions =
            [
                .. schema.Indexes.SelectMany(index => new[] { index.PartitionKey, index.SortKey })
                    .Concat([schema.PartitionKey, schema.SortKey])
                    .Distinct()
                    .Select(attribute => new AttributeDefinition(attribute, ScalarAttributeType.S)),
            ],
            KeySchema = Keys(schema.PartitionKey, schema.SortKey),
            GlobalSecondaryIndexes = schema.Indexes.Count == 0 ? null :
            [
                .. schema.Indexes.Select(index => new GlobalSecondaryIndex
                {
                    IndexName = index.Name,
                    KeySchema = Keys(index.PartitionKey, index.SortKey),
                    Projection = new Projection { ProjectionType = ProjectionType.ALL },
                }),
            ],
        };
    }

    private static List<KeySchemaElement> Keys(string partition, string sort) => [new(partition, KeyType.HASH), new(sort, KeyType.RANGE)];
}
