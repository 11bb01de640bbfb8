using System.Diagnostics;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Gateway.Backpressure;
using ConnectChat.Gateway.Connections;
using ConnectChat.Gateway.RateLimits;
using ConnectChat.Gateway.Telemetry;
using ConnectChat.Kafka;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway.Deliveries;

/// <summary>
/// Reads the outgoing topic: every gateway reads every record. All partitions are assigned by hand, from the end; nothing is committed, so there is nothing
/// to rebalance and nothing left behind. What was published before is the business of Resume.
/// </summary>
/// <remarks>When offsets vanish (retention, a broker that lost its data) reading goes on from the earliest that is there, and is counted.</remarks>
internal sealed partial class OutgoingConsumer(
    IConsumer<string, byte[]> consumer,
    KafkaTopics topics,
    ClusterWatch cluster,
    LocalFanOut fanOut,
    MissedRecords missed,
    GroupBacklogs backlogs,
    Strangers strangers,
    AdmissionGate gate,
    GatewayTelemetry telemetry,
    IOptions<DeliveryOptions> options,
    ILogger<OutgoingConsumer> logger) : ConsumeLoop(consumer, topics, cluster, logger)
{
    private static readonly TimeSpan QueryTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LagEvery = TimeSpan.FromSeconds(1);

    private readonly KafkaTopics _topics = topics;

    // Three questions may be lost before the bus counts as silent.
    private readonly TimeSpan _askEvery = Min(options.Value.NewPartitionsEvery, options.Value.BusSilence / 4);

    // Where each partition must go on; index is the partition.
    private readonly List<long> _next = [];
    private Task<int>? _partitions;
    private long _partitionsAskedAt;
    private long _lagAt;
    private long _heardAt;
    private volatile bool _positioned;

    /// <summary>True once every partition of the topic is read from a known offset: what is published from then on is delivered.</summary>
    public bool Positioned => _positioned;

    /// <inheritdoc/>
    protected override int MostPerPoll => 64;

    /// <inheritdoc/>
    protected override void Start(CancellationToken stopping)
    {
        _next.Clear();
        var ends = new List<TopicPartitionOffset>();
        var count = _topics.PartitionCount(Topics.Outgoing);
        for (var partition = 0; partition < count; partition++)
        {
            stopping.ThrowIfCancellationRequested();

            // An explicit offset and not Offset.End: that would be looked up later, after records that must not be missed.
            var end = Consumer.QueryWatermarkOffsets(new TopicPartition(Topics.Outgoing, partition), QueryTimeout).High;
            ends.Add(new TopicPartitionOffset(Topics.Outgoing, partition, end));
            _next.Add(end);
        }

        Consumer.IncrementalAssign(ends);
        _partitionsAskedAt = Stopwatch.GetTimestamp();
        _positioned = true;
        Heard();
        LogPositioned(logger, count);
    }

    /// <inheritdoc/>
    protected override void StartAnew(CancellationToken stopping)
    {
        gate.Reading(false);
        Consumer.Unassign();
        backlogs.Forget();
        _next.Clear();
        AssignUpTo(_topics.PartitionCount(Topics.Outgoing));
        Heard();
    }

    /// <inheritdoc/>
    protected override void Handle(ConsumeResult<string, byte[]> record, bool more)
    {
        var partition = record.Partition.Value;
        if (record.Offset.Value != _next[partition])
        {
            telemetry.PositionJumped();
            missed.TellAll();
            LogJumped(logger, partition, _next[partition], record.Offset.Value);
        }

        _next[partition] = record.Offset.Value + 1;
        _heardAt = Stopwatch.GetTimestamp();
        backlogs.Read(record.Message);
        strangers.Read(record.Message);
        fanOut.Handle(record.Message, record.TopicPartitionOffset, more);
    }

    /// <inheritdoc/>
    protected override void AfterPoll()
    {
        if (_partitions is { IsCompleted: true } answer)
        {
            _partitions = null;
            _partitionsAskedAt = Stopwatch.GetTimestamp();
            AssignNew(answer);
        }
        else if (_partitions is null && Stopwatch.GetElapsedTime(_partitionsAskedAt) >= _askEvery)
        {
            // The question blocks its thread, and deliveries must not wait for it.
            _partitions = Task.Run(() => _topics.PartitionCount(Topics.Outgoing));
        }

        if (gate.IsReading && Stopwatch.GetElapsedTime(_heardAt) >= options.Value.BusSilence)
        {
            gate.Reading(false);
            LogSilent(logger, options.Value.BusSilence);
        }

        if (Stopwatch.GetElapsedTime(_lagAt) >= LagEvery)
        {
            _lagAt = Stopwatch.GetTimestamp();
            telemetry.BusLag(Lag());
        }
    }

    /// <inheritdoc/>
    protected override void Stopping()
    {
        try
        {
            // It asks through the producer's native handle, which is freed after this.
            _partitions?.Wait();
        }
        catch (AggregateException)
        {
            // The answer no longer matters.
        }
    }

    private void AssignNew(Task<int> answer)
    {
        if (!answer.IsCompletedSuccessfully)
        {
            LogNoPartitions(logger, answer.Exception?.InnerException?.Message ?? "cancelled");
            return;
        }

        if (answer.Result > _next.Count)
        {
            AssignUpTo(answer.Result);
        }

        Heard();
    }

    // Whatever was published meanwhile is read from where this gateway stopped.
    private void Heard()
    {
        _heardAt = Stopwatch.GetTimestamp();
        gate.Reading(true);
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    // From their beginning: whatever they hold was published while this gateway was reading.
    private void AssignUpTo(int partitions)
    {
        var added = Enumerable.Range(_next.Count, partitions - _next.Count).ToList();
        Consumer.IncrementalAssign(added.Select(partition => new TopicPartitionOffset(Topics.Outgoing, partition, Offset.Beginning)));
        _next.AddRange(added.Select(_ => 0L));
        LogPositioned(logger, _next.Count);
    }

    private long Lag()
    {
        long lag = 0;
        for (var partition = 0; partition < _next.Count; partition++)
        {
            // The client's own knowledge from its last fetch, no request.
            var high = Consumer.GetWatermarkOffsets(new TopicPartition(Topics.Outgoing, partition)).High;
            lag += high.IsSpecial ? 0 : Math.Max(0, high.Value - _next[partition]);
        }

        return lag;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Reading {partitions} partitions of outgoing messages")]
    private static partial void LogPositioned(ILogger logger, int partitions);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Partition {partition} went on at offset {actual} instead of {expected}: retention or data loss on the bus; clients are told to resume")]
    private static partial void LogJumped(ILogger logger, int partition, long expected, long actual);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The bus has been silent for {silence}; nobody is admitted until it answers")]
    private static partial void LogSilent(ILogger logger, TimeSpan silence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Kafka did not say how many partitions there are: {problem}")]
    private static partial void LogNoPartitions(ILogger logger, string problem);
}
