using System.Collections.Concurrent;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Kafka;
using ConnectChat.Messaging.Telemetry;
using Microsoft.Extensions.Options;

namespace ConnectChat.Messaging.Consuming;

/// <summary>
/// Reads <c>group_incoming_messages</c> in the consumer group that all instances share. Records of one group are processed in order, what
/// waits together as one batch; different groups in parallel. Only offsets of finished work are stored.
/// </summary>
/// <remarks>
/// Everything here but what metrics ask for runs on the thread that polls. While a partition is given up the whole group waits, so that
/// wait is bounded.
/// </remarks>
internal sealed partial class IncomingConsumer : ConsumeLoop, IPartitionListener, IDisposable
{
    private static readonly TimeSpan CommittedTimeout = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<TopicPartition, PartitionWork> _assigned = [];
    private readonly WorkSlots _slots;
    private readonly IBatchHandler _handler;
    private readonly MessagingTelemetry _telemetry;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly MessagingOptions _options;
    private readonly ILogger<IncomingConsumer> _logger;
    private bool _anew;

    /// <summary>Subscribes once the host starts.</summary>
    public IncomingConsumer(
        IConsumer<string, byte[]> consumer,
        KafkaTopics topics,
        ClusterWatch cluster,
        IBatchHandler handler,
        MessagingTelemetry telemetry,
        IOptions<MessagingOptions> options,
        IHostApplicationLifetime lifetime,
        TimeProvider clock,
        ILogger<IncomingConsumer> logger)
        : base(consumer, topics, cluster, logger)
    {
        _options = options.Value;
        _slots = new WorkSlots(_options.Concurrency, clock);
        _handler = handler;
        _telemetry = telemetry;
        _lifetime = lifetime;
        _logger = logger;
        telemetry.ObserveLag(Lag);
        telemetry.ObserveHeld(() => _assigned.Values.Select(work => KeyValuePair.Create(work.Partition.Partition.Value, work.Held)));
    }

    /// <inheritdoc/>
    public Offset Assigned(IReadOnlyList<TopicPartition> partitions)
    {
        var offset = _anew && partitions.Count > 0 ? Offset.Beginning : Offset.Unset;
        _anew &= partitions.Count == 0;
        foreach (var partition in partitions)
        {
            _assigned[partition] = NewWork(partition);
        }

        if (offset == Offset.Unset)
        {
            ExpectCommitted(partitions);
        }

        LogAssigned(_logger, partitions.Count, _assigned.Count);
        return offset;
    }

    /// <inheritdoc/>
    public void Revoked(IReadOnlyList<TopicPartitionOffset> partitions) => GiveUp([.. partitions.Select(partition => partition.TopicPartition)]);

    /// <inheritdoc/>
    public void Lost(IReadOnlyList<TopicPartitionOffset> partitions)
    {
        foreach (var partition in partitions)
        {
            Drop(partition.TopicPartition);
        }

        LogLost(_logger, partitions.Count);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _slots.Dispose();
    }

    /// <inheritdoc/>
    protected override void Start(CancellationToken stopping) => Consumer.Subscribe(Topics.Incoming);

    /// <inheritdoc/>
    protected override void StartAnew(CancellationToken stopping)
    {
        foreach (var partition in _assigned.Keys)
        {
            Drop(partition);
        }

        // The client may have committed an offset of the old cluster already, or does so when it leaves the group: it counts for nothing.
        _anew = true;
        Consumer.Unsubscribe();
        Start(stopping);
    }

    /// <inheritdoc/>
    protected override void Handle(ConsumeResult<string, byte[]> record, bool more)
    {
        if (!_assigned.TryGetValue(record.TopicPartition, out var work))
        {
            return;
        }

        if (work.Expected >= 0 && record.Offset.Value > work.Expected)
        {
            // Neither transactions nor compaction leave holes in this topic.
            _telemetry.Vanished(record.Offset.Value - work.Expected);
            LogVanished(_logger, record.TopicPartition, work.Expected, record.Offset.Value);
        }

        if (!work.TryDispatch(record))
        {
            LogCutBack(_logger, record.TopicPartition, record.Offset.Value);
            Drop(record.TopicPartition);
            _assigned[record.TopicPartition] = work = NewWork(record.TopicPartition);
            work.TryDispatch(record);
        }

        work.Expected = record.Offset.Value + 1;
    }

    /// <inheritdoc/>
    protected override void AfterPoll()
    {
        foreach (var work in _assigned.Values)
        {
            Store(work);
            try
            {
                Throttle(work);
            }
            catch (KafkaException exception)
            {
                // A rebalance is under way; the next poll tries again, or the partition is gone by then.
                LogNotOurs(_logger, work.Partition, exception.Error.Code);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Stopping() => GiveUp([.. _assigned.Keys]);

    // What the bus drops before it was read the first time shows only by this. Without an answer it does not show.
    private void ExpectCommitted(IReadOnlyList<TopicPartition> partitions)
    {
        try
        {
            foreach (var committed in Consumer.Committed(partitions, CommittedTimeout).Where(committed => !committed.Offset.IsSpecial))
            {
                _assigned[committed.TopicPartition].Expected = committed.Offset.Value;
            }
        }
        catch (KafkaException exception)
        {
            LogNotCommitted(_logger, exception.Error.Code);
        }
    }

    private PartitionWork NewWork(TopicPartition partition) =>
        new(partition, new PartitionWork.Bounds(_options.CachedGroupsPerPartition, _options.BatchRecords), _slots, ProcessAsync);

    private async Task ProcessAsync(IncomingBatch batch)
    {
        try
        {
            await _handler.HandleAsync(batch);
        }
        catch (Exception exception) when (!batch.Stopping.IsCancellationRequested)
        {
            // Not even a dead letter could be made of it. Its group would stand still without a word, so the process ends instead,
            // with the record uncommitted.
            LogFatal(_logger, batch.Source, exception);
            Environment.ExitCode = 70;
            _lifetime.StopApplication();
            throw;
        }
    }

    private void GiveUp(IReadOnlyList<TopicPartition> partitions)
    {
        var given = partitions.Select(partition => _assigned.GetValueOrDefault(partition)).OfType<PartitionWork>().ToList();
        given.ForEach(work => work.BeginDrain());
        var settled = Task.WhenAll(given.Select(work => work.Settled)).Wait(_options.DrainTimeout);
        given.ForEach(work => work.Cancel());

        // Cancelled work ends soon, and the next owner must not begin before it has.
        Task.WhenAll(given.Select(work => work.Ended)).Wait(_options.DrainTimeout);
        given.ForEach(Store);
        given.ForEach(work => Drop(work.Partition));
        LogGivenUp(_logger, given.Count, settled);
    }

    private void Drop(TopicPartition partition)
    {
        if (_assigned.TryRemove(partition, out var work))
        {
            work.Cancel();
            work.Dispose();
        }
    }

    private void Store(PartitionWork work)
    {
        try
        {
            if (work.Offsets.TryAdvance(out var offset))
            {
                Consumer.StoreOffset(new TopicPartitionOffset(work.Partition, offset));
            }
        }
        catch (KafkaException exception)
        {
            // The next owner reads again what is not stored, and recognises it.
            LogNotOurs(_logger, work.Partition, exception.Error.Code);
        }
    }

    private void Throttle(PartitionWork work)
    {
        var (records, bytes) = (work.Offsets.Unfinished, work.UnfinishedBytes);
        if (!work.Paused && (records >= _options.InFlightPerPartition || bytes >= _options.InFlightBytesPerPartition))
        {
            Consumer.Pause([work.Partition]);
            work.Paused = true;
        }
        else if (work.Paused && records <= _options.InFlightPerPartition / 2 && bytes <= _options.InFlightBytesPerPartition / 2)
        {
            Consumer.Resume([work.Partition]);
            work.Paused = false;
        }
    }

    private IEnumerable<KeyValuePair<int, long>> Lag()
    {
        foreach (var work in _assigned.Values)
        {
            if (work.Offsets.Position is var position and >= 0)
            {
                var end = Consumer.GetWatermarkOffsets(work.Partition).High.Value;
                yield return new KeyValuePair<int, long>(work.Partition.Partition.Value, Math.Max(0, end - position));
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "What begins at {source} can neither be processed nor kept; stopping, it will be read again")]
    private static partial void LogFatal(ILogger logger, TopicPartitionOffset source, Exception exception);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "{partition} goes on at offset {actual} instead of {expected}: accepted messages in between are gone from the bus (its "
            + "retention, or data loss) and will never be delivered; their senders find them unknown")]
    private static partial void LogVanished(ILogger logger, TopicPartition partition, long expected, long actual);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Kafka did not say what is committed ({code}); records that are gone before the first one do not show")]
    private static partial void LogNotCommitted(ILogger logger, ErrorCode code);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{partition} is not ours at the moment: {code}")]
    private static partial void LogNotOurs(ILogger logger, TopicPartition partition, ErrorCode code);

    [LoggerMessage(Level = LogLevel.Information, Message = "{count} partitions assigned; {total} are owned now")]
    private static partial void LogAssigned(ILogger logger, int count, int total);

    [LoggerMessage(Level = LogLevel.Information, Message = "{count} partitions given up; all their work was finished: {settled}")]
    private static partial void LogGivenUp(ILogger logger, int count, bool settled);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{count} partitions have another owner already; their work is let go")]
    private static partial void LogLost(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{partition} was cut back to offset {offset}; what was read before is gone from the broker")]
    private static partial void LogCutBack(ILogger logger, TopicPartition partition, long offset);
}
