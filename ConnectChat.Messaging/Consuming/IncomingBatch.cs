using Confluent.Kafka;

namespace ConnectChat.Messaging.Consuming;

/// <summary>Records of one group that waited together, at least one, in the order of the topic, with the partition that answers for them.</summary>
/// <param name="records">What was read.</param>
/// <param name="work">The assignment they belong to.</param>
/// <param name="slot">What they hold while they make progress.</param>
internal sealed class IncomingBatch(IReadOnlyList<IncomingRecord> records, PartitionWork work, WorkSlots.Slot? slot = null)
{
    private int _waits;

    /// <summary>The records.</summary>
    public IReadOnlyList<IncomingRecord> Records => records;

    /// <summary>Their partition.</summary>
    public PartitionWork Work => work;

    /// <summary>Where the first was read: what logs call the batch.</summary>
    public TopicPartitionOffset Source => records[0].Result.TopicPartitionOffset;

    /// <summary>Cancelled when the partition is given up and nothing more may be done for these records.</summary>
    public CancellationToken Stopping => work.Stopping;

    /// <summary>The same batch with fewer records, still in this one's slot.</summary>
    public IncomingBatch Only(IncomingRecord record) => new([record], work, slot);

    /// <summary>One of the batch's calls waits for a dependency from now on: others may have the slot.</summary>
    public void WaitBegins()
    {
        slot?.Release();
        if (Interlocked.Increment(ref _waits) == 1)
        {
            work.WaitBegins();
        }
    }

    /// <summary>It goes on.</summary>
    public void WaitEnds()
    {
        if (Interlocked.Decrement(ref _waits) == 0)
        {
            work.WaitEnds();
        }
    }
}
