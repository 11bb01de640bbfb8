using Confluent.Kafka;
using ConnectChat.Messaging.History;

namespace ConnectChat.Messaging.Consuming;

/// <summary>A record in work, with the partition that answers for it.</summary>
/// <param name="Result">What was read.</param>
/// <param name="Work">The assignment it belongs to.</param>
internal sealed record IncomingRecord(ConsumeResult<string, byte[]> Result, PartitionWork Work)
{
    /// <summary>Where it was read.</summary>
    public Source Source => new(Result.Partition.Value, Result.Offset.Value);

    /// <summary>Cancelled when the partition is given up and nothing more may be done for this record.</summary>
    public CancellationToken Stopping => Work.Stopping;
}
