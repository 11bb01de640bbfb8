using Confluent.Kafka;
using ConnectChat.Contracts.Records;
using ConnectChat.LocalCluster.Clients;
using ConnectChat.Records;

namespace ConnectChat.Tests.Infrastructure.Clients;

/// <summary>Reads a topic from its end on, or from its beginning, every partition, and keeps what it read.</summary>
public sealed class TopicReader : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<ConsumeResult<string, byte[]>>> _records = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly IConsumer<string, byte[]> _consumer;
    private readonly Task _reading;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TopicReader(string bootstrapServers, string topic, bool fromBeginning = false)
    {
        _consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = "unused",
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            FetchWaitMaxMs = 20,
        }).Build();
        var ends = _consumer.EndsOf(topic);
        _consumer.Assign(fromBeginning ? ends.ConvertAll(end => new TopicPartitionOffset(end.TopicPartition, Offset.Beginning)) : ends);
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public static OutgoingEvent Message(ConsumeResult<string, byte[]> record) => OutgoingRecordCodec.Event(record.Message);

    public static string? Header(ConsumeResult<string, byte[]> record, string name) =>
        OutgoingRecordCodec.Header(record.Message, name);

    public static bool IsMessage(ConsumeResult<string, byte[]> record) => OutgoingRecordCodec.IsMessage(record.Message);

    /// <summary>What was read of one key so far, in order.</summary>
    public IReadOnlyList<ConsumeResult<string, byte[]>> Of(string key)
    {
        lock (_lock)
        {
            return _records.TryGetValue(key, out var found) ? [.. found] : [];
        }
    }

    /// <summary>Waits until what was read of a key satisfies a condition.</summary>
    public async Task<IReadOnlyList<ConsumeResult<string, byte[]>>> WaitAsync(
        string key, Func<IReadOnlyList<ConsumeResult<string, byte[]>>, bool> enough, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            lock (_lock)
            {
                more = _more.Task;
            }

            if (Of(key) is var found && enough(found))
            {
                return found;
            }

            await more.WaitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _reading.Wait(TimeSpan.FromSeconds(10));
        _consumer.Dispose();
        _stop.Dispose();
    }

    private void Read()
    {
        while (!_stop.IsCancellationRequested)
        {
            if (_consumer.Consume(TimeSpan.FromMilliseconds(50)) is not { } record)
            {
                continue;
            }

            TaskCompletionSource more;
            lock (_lock)
            {
                if (!_records.TryGetValue(record.Message.Key, out var found))
                {
                    _records[record.Message.Key] = found = [];
                }

                found.Add(record);
                (more, _more) = (_more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            more.SetResult();
        }
    }
}
