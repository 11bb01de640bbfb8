using Amazon.DynamoDBv2.Model;

namespace ConnectChat.Groups.Storage;

/// <summary>Which failures of a transaction mean what.</summary>
internal static class StoreErrors
{
    private const string ConditionFailed = "ConditionalCheckFailed";
    private const string TransactionConflict = "TransactionConflict";

    /// <summary>True when the item at this place of the transaction was not as its condition demands. The transaction did nothing.</summary>
    public static bool FailedAt(this TransactionCanceledException exception, int index) =>
        exception.CancellationReasons is { } reasons && index < reasons.Count && reasons[index].Code == ConditionFailed;

    /// <summary>True when somebody else was faster: read again, plan again. Throttling is the SDK's to retry, and then the caller's.</summary>
    public static bool IsConflict(Exception exception) => exception switch
    {
        TransactionCanceledException { CancellationReasons: { } reasons } => reasons.Any(reason => reason.Code is ConditionFailed or TransactionConflict),
        TransactionConflictException or TransactionInProgressException => true,
        _ => false,
    };
}
