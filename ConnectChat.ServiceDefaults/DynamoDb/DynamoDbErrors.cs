using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;

namespace ConnectChat.ServiceDefaults.DynamoDb;

/// <summary>Which failures of DynamoDB mean what.</summary>
public static class DynamoDbErrors
{
    private const string ConditionFailed = "ConditionalCheckFailed";
    private const string TransactionConflict = "TransactionConflict";
    private const string Malformed = "ValidationException";

    /// <summary>True when the same request may succeed later. One that is malformed is our fault, and stays refused.</summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        AmazonServiceException service => service.ErrorCode != Malformed,
        AmazonClientException => true,
        _ => false,
    };

    /// <summary>True when the item at this place of the transaction was not as its condition demands. The transaction did nothing.</summary>
    public static bool FailedAt(this TransactionCanceledException exception, int index)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return exception.CancellationReasons is { } reasons && index < reasons.Count && reasons[index].Code == ConditionFailed;
    }

    /// <summary>True when somebody else was faster: read again, plan again. Throttling is the SDK's to retry, and then the caller's.</summary>
    public static bool IsConflict(Exception exception) => exception switch
    {
        TransactionCanceledException { CancellationReasons: { } reasons } => reasons.Any(reason => reason.Code is ConditionFailed or TransactionConflict),
        TransactionConflictException or TransactionInProgressException => true,
        _ => false,
    };
}
