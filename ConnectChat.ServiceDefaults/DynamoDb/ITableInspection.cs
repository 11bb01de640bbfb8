using Amazon.DynamoDBv2.Model;

namespace ConnectChat.ServiceDefaults.DynamoDb;

/// <summary>
/// Looks at a table of the service once it is there and before it is called ready. Registered under the table's name without prefix; asked
/// again, about once a second, until it finds nothing wrong.
/// </summary>
public interface ITableInspection
{
    /// <summary>Null when the table may be used; otherwise what is wrong and what an operator has to do, for the log and for <c>/health</c>.</summary>
    Task<string?> InspectAsync(TableDescription table, CancellationToken cancellationToken);
}
