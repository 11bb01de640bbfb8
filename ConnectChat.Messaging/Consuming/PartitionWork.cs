using BitFaster.Caching.Lru;
using Confluent.Kafka;
using ConnectChat.Messaging.History;

namespace ConnectChat.Messaging.Consuming;

/// <summary>One assignment of one partition: its offsets, the states of its groups, and the work in progress. Never outlives the assignment.</summary>
internal sealed class PartitionWork : IDisposable
{
    // Far below the 400 KB that an item of DynamoDB holds, in which a batch is kept.
    private const int BatchBytes = 256 << 10;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly GroupSequencer<IncomingRecord> _sequencer;
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<IncomingBatch, Task> _process;
    private long _unfinishedBytes;
    private bool _draining;
    private int _running;
    private int _waiting;

    /// <summary>Starts with nothing in work.</summary>
    /// <param name="partition">Which partition.</param>
    /// <param name="bounds">How much is remembered, and taken together.</param>
    /// <param name="slots">Bounds the work of the whole instance.</param>
    /// <param name="process">Processes one batch; a cancellation means that it is unfinished, any other return that it is finished.</param>
    public PartitionWork(TopicPartition partition, Bounds bounds, WorkSlots slots, Func<IncomingBatch, Task> process)
    {
        Partition = partition;
        Stopping = _stopping.Token;
        Groups = new ConcurrentLru<string, GroupPosition>(concurrencyLevel: 1, bounds.CachedGroups, StringComparer.Ordinal);
        _process = process;
        _sequencer = new GroupSequencer<IncomingRecord>(slots, bounds.BatchRecords, BatchBytes, record => record.Size, RunAsync);
    }

    /// <summary>Which partition.</summary>
    public TopicPartition Partition { get; }

    /// <summary>The offset of the record that comes next; -1 while it is unknown. For the thread that polls.</summary>
    public long Expected { get; set; } = -1;

    /// <summary>What may be committed.</summary>
    public OffsetTracker Offsets { get; } = new();

    /// <summary>Bytes of what is read and unfinished.</summary>
    public long UnfinishedBytes => Interlocked.Read(ref _unfinishedBytes);

    /// <summary>How many groups are held: their batch waits for a dependency.</summary>
    public int Held
    {
        get
        {
            lock (_lock)
            {
                return _waiting;
            }
        }
    }

    /// <summary>The states of the groups seen lately.</summary>
    public ConcurrentLru<string, GroupPosition> Groups { get; }

    /// <summary>Cancelled when what is still in work must be let go.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Whether reading is paused. True at first, because it is unknown whether librdkafka reads right after an assignment.</summary>
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

        var incoming = new IncomingRecord(record);
        Interlocked.Add(ref _unfinishedBytes, incoming.Size);
        _sequencer.Dispatch(record.Message.Key ?? "", incoming, Stopping);
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

    /// <summary>A batch in work waits for a dependency from now on.</summary>
    public void WaitBegins() => Change(() => _waiting++);

    /// <summary>It goes on.</summary>
    public void WaitEnds() => Change(() => _waiting--);

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync(IReadOnlyList<IncomingRecord> records, WorkSlots.Slot slot)
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
            await _process(new IncomingBatch(records, this, slot));
            foreach (var record in records)
            {
                Offsets.Finish(record.Source.Offset);
                Interlocked.Add(ref _unfinishedBytes, -record.Size);
            }
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
            if (_draining && _running <= _waiting)
            {
                _settled.TrySetResult();
            }

            if (_draining && _running == 0)
            {
                _ended.TrySetResult();
            }
        }
    }

    /// <summary>Bounds of one partition.</summary>
    /// <param name="CachedGroups">How many groups' states are kept.</param>
    /// <param name="BatchRecords">How many records are taken together.</param>
    internal readonly record struct Bounds(int CachedGroups, int BatchRecords);
}
