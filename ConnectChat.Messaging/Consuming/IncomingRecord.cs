using Confluent.Kafka;
using ConnectChat.Messaging.History;

namespace ConnectChat.Messaging.Consuming;

/// <summary>A record that was read.</summary>
/// <param name="Result">What was read.</param>
internal sealed record IncomingRecord(ConsumeResult<string, byte[]> Result)
{
    // What a record costs in memory beside its key and value.
    private const int Overhead = 300;

    /// <summary>Where it was read.</summary>
    public Source Source => new(Result.Partition.Value, Result.Offset.Value);

    /// <summary>Bytes of memory, roughly.</summary>
    public int Size => Overhead + (Result.Message.Value?.Length ?? 0);
}
