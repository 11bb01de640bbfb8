using Confluent.Kafka;

namespace ConnectChat.Kafka;

/// <summary>Which failures of Kafka mean what.</summary>
public static class KafkaFailures
{
    /// <summary>True when the same call may succeed later. A missing permission or topic counts as well: an operator mends it.</summary>
    public static bool IsTransient(KafkaException exception) => !IsRefusal(exception);

    /// <summary>True when Kafka will never take this record.</summary>
    public static bool IsRefusal(KafkaException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return exception.Error.Code is ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge or ErrorCode.InvalidRecord;
    }
}
