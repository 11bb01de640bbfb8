using Confluent.Kafka;
using ConnectChat.Contracts;

namespace ConnectChat.Cli.Inspection;

/// <summary>Reads single records of the outgoing topic without joining or disturbing anything.</summary>
internal sealed class OutgoingReader : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly string _bootstrapServers;
    private readonly IConsumer<string, byte[]> _consumer;

    /// <summary>Connects with the first call.</summary>
    public OutgoingReader(string bootstrapServers)
    {
        _bootstrapServers = bootstrapServers;

        // What librdkafka would write to the terminal by itself is said by the exception, once.
        var config = new ConsumerConfig { BootstrapServers = bootstrapServers, GroupId = "inspect", EnableAutoCommit = false };
        _consumer = new ConsumerBuilder<string, byte[]>(config)
            .SetLogHandler(static (_, _) => { })
            .Build();
    }

    /// <summary>The record at an offset.</summary>
    /// <exception cref="CommandException">There is none, or Kafka does not answer.</exception>
    public ConsumeResult<string, byte[]> At(int partition, long offset) => Ask(() =>
        Read(new TopicPartition(Topics.Outgoing, partition), offset, 1) is [var record]
            ? record
            : throw new CommandException($"{Topics.Outgoing} has no record at partition {partition}, offset {offset}."));

    /// <summary>The last records of all partitions, oldest first.</summary>
    /// <exception cref="CommandException">Kafka does not answer, or has no such topic.</exception>
    public List<ConsumeResult<string, byte[]>> Last(int count) => Ask<List<ConsumeResult<string, byte[]>>>(() =>
    {
        using var admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
        var topic = admin.GetMetadata(Topics.Outgoing, Timeout).Topics.Single();
        return topic.Error.IsError ? throw new KafkaException(topic.Error) :
        [
            .. topic.Partitions
                .SelectMany(found =>
                {
                    var partition = new TopicPartition(Topics.Outgoing, found.PartitionId);
                    var (low, high) = Bounds(partition);
                    return Read(partition, Math.Max(low, high - count), count);
                })
                .OrderBy(record => record.Message.Timestamp.UnixTimestampMs)
                .TakeLast(count),
        ];
    });

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    private T Ask<T>(Func<T> question)
    {
        try
        {
            return question();
        }
        catch (KafkaException failure)
        {
            throw new CommandException($"Kafka at {_bootstrapServers} does not answer: {failure.Error.Reason}");
        }
    }

    private (long Low, long High) Bounds(TopicPartition partition)
    {
        var bounds = _consumer.QueryWatermarkOffsets(partition, Timeout);
        return (bounds.Low.Value, bounds.High.Value);
    }

    private List<ConsumeResult<string, byte[]>> Read(TopicPartition partition, long offset, int count)
    {
        var (low, high) = Bounds(partition);
        var records = new List<ConsumeResult<string, byte[]>>();
        if (offset < low || offset >= high)
        {
            return records;
        }

        _consumer.Assign(new TopicPartitionOffset(partition, offset));
        while (records.Count < count && offset + records.Count < high && _consumer.Consume(Timeout) is { } record)
        {
            records.Add(record);
        }

        _consumer.Unassign();
        return records;
    }
}
