using BitFaster.Caching.Lru;
using Confluent.Kafka;
using ConnectChat.Messaging.History;

namespace ConnectChat.Messaging.Consuming;

/// <summary>One assignment of one partition: its offsets, the states of its groups, and the work in progress. Never outlives the assignment.</summary>
internal sealed class PartitionWork : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly GroupSequencer<IncomingRecord> _sequencer;
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<IncomingRecord, Task> _process;
    private bool _draining;
    private int _running;
    private int _waiting;

    /// <summary>Starts with nothing in work.</summary>
    /// <param name="partition">Which partition.</param>
    /// <param name="cachedGroups">How many groups' states are kept.</param>
    /// <param name="slots">Bounds the work of the whole instance.</param>
    /// <param name="process">Processes one record; a cancellation means that it is unfinished, any other return that it is finished.</param>
    public PartitionWork(TopicPartition partition, int cachedGroups, SemaphoreSlim slots, Func<IncomingRecord, Task> process)
    {
        Partition = partition;
        Stopping = _stopping.Token;
        Groups = new ConcurrentLru<string, GroupPosition>(concurrencyLevel: 1, cachedGroups, StringComparer.Ordinal);
        _process = process;
        _sequencer = new GroupSequencer<IncomingRecord>(slots, RunAsync);
    }

    /// <summary>Which partition.</summary>
    public TopicPartition Partition { get; }

    /// <summary>What may be committed.</summary>
    public OffsetTracker Offsets { get; } = new();

    /// <summary>The states of the groups seen lately.</summary>
    public ConcurrentLru<string, GroupPosition> Groups { get; }

    /// <summary>Cancelled when what is still in work must be let go.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Whether reading is paused. True at first: the state that librdkafka has after an assignment is not ours to assume.</summary>
    public bool Paused { get; set; } = true;

    /// <summary>Completes once nothing is in work any more that makes progress: what is left waits for a dependency. Only while draining.</summary>
    public Task Settled => _settled.Task;

    /// <summary>Completes once nothing at all is in work. Only while draining.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Tracks and queues a record; false when the partition was cut back and this work is about records that are gone.</summary>
    public bool TryDispatch(ConsumeResult<string, byte[]> record)
    {
        if (!Offsets.TryTrack(record.Offset.Value))
        {
            return false;
        }

        _sequencer.Dispatch(record.Message.Key ?? "", new IncomingRecord(record, this), Stopping);
        return true;
    }

    /// <summary>Starts nothing new from now on.</summary>
    public void BeginDrain() => Change(() => _draining = true);

    /// <summary>Lets go of what is still in work.</summary>
    public void Cancel()
    {
        BeginDrain();
        _stopping.Cancel();
    }

    /// <summary>A record in work waits for a dependency from now on.</summary>
    public void WaitBegins() => Change(() => _waiting++);

    /// <summary>It goes on.</summary>
    public void WaitEnds() => Change(() => _waiting--);

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync(IncomingRecord record)
    {
        lock (_lock)
        {
            if (_draining)
            {
                return;
            }

            _running++;
        }

        try
        {
            await _process(record);
            Offsets.Finish(record.Source.Offset);
        }
        catch (OperationCanceledException) when (Stopping.IsCancellationRequested)
        {
            // Unfinished: the next owner gets it again.
        }
        finally
        {
            Change(() => _running--);
        }
    }

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            if (_draining && _running == _waiting)
            {
                _settled.TrySetResult();
            }

            if (_draining && _running == 0)
            {
                _ended.TrySetResult();
            }
        }
    }
}
