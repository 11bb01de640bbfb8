using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.LocalCluster.Clients;
using ConnectChat.Records;

namespace ConnectChat.LocalCluster.Demo;

/// <summary>Counts records of messages on the outgoing topic, from its end at the time of construction, whatever group they are of.</summary>
internal sealed class OutgoingCounter : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly IConsumer<string, byte[]> _consumer;
    private readonly Dictionary<TopicPartition, long> _next;

    private readonly Action<Message<string, byte[]>>? _each;

    /// <summary>Notes where the topic ends.</summary>
    /// <param name="bootstrapServers">The bus.</param>
    /// <param name="each">Gets every record of a message as well, while <see cref="CatchUp"/> reads it.</param>
    public OutgoingCounter(string bootstrapServers, Action<Message<string, byte[]>>? each = null)
    {
        _each = each;
        var config = new ConsumerConfig { BootstrapServers = bootstrapServers, GroupId = "demo-counter", EnableAutoCommit = false, EnablePartitionEof = true };
        _consumer = new ConsumerBuilder<string, byte[]>(config).Build();
        _next = _consumer.EndsOf(Topics.Outgoing).ToDictionary(end => end.TopicPartition, end => end.Offset.Value);
    }

    /// <summary>Records of messages.</summary>
    public long Records { get; private set; }

    /// <summary>Recipients of all of them together.</summary>
    public long Recipients { get; private set; }

    /// <summary>Bytes of all recipient sets together.</summary>
    public long RecipientBytes { get; private set; }

    /// <summary>Reads everything up to the end of the topic as it is now.</summary>
    public void CatchUp(CancellationToken cancellationToken)
    {
        var ends = _next.Keys.ToDictionary(partition => partition, partition => EndOf(partition, cancellationToken));
        var unread = ends.Where(end => end.Value > _next[end.Key]).Select(end => end.Key).ToHashSet();
        _consumer.Assign(unread.Select(partition => new TopicPartitionOffset(partition, _next[partition])));
        while (unread.Count > 0)
        {
            var record = _consumer.Consume(cancellationToken);
            if (!record.IsPartitionEOF)
            {
                Count(record.Message);
            }

            _next[record.TopicPartition] = record.Offset.Value + (record.IsPartitionEOF ? 0 : 1);
            if (_next[record.TopicPartition] >= ends[record.TopicPartition])
            {
                unread.Remove(record.TopicPartition);
            }
        }

        _consumer.Unassign();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    // The broker that led the partition may have died during the demo: until the client has learnt of the new leader, it fails.
    private long EndOf(TopicPartition partition, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return _consumer.QueryWatermarkOffsets(partition, Timeout).High.Value;
            }
            catch (KafkaException exception) when (!exception.Error.IsFatal && TimeProvider.System.GetElapsedTime(started) < Timeout)
            {
                cancellationToken.WaitHandle.WaitOne(Pause);
            }
        }
    }

    private void Count(Message<string, byte[]> record)
    {
        if (!OutgoingRecordCodec.IsMessage(record))
        {
            return;
        }

        Records++;
        _each?.Invoke(record);
        Recipients += OutgoingRecordCodec.RecipientCount(record);
        RecipientBytes += record.Headers.GetLastBytes(RecordHeaders.Recipients).Length;
    }
}
