using Confluent.Kafka;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ConnectChat.Kafka;

/// <summary>
/// The one consume loop of the system: polls on a thread of its own and hands each record to <see cref="Handle"/> in the order of its
/// partition. What a record means is the subclass's business.
/// </summary>
/// <remarks>
/// Errors of the client are logged and polling goes on; librdkafka reconnects by itself. An exception out of <see cref="Handle"/> is a
/// fault of the program and stops the host: going on would skip a record.
/// </remarks>
public abstract partial class ConsumeLoop(IConsumer<string, byte[]> consumer, KafkaTopics topics, ClusterWatch cluster, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan PollTimeout = TimeSpan.FromMilliseconds(100);

    /// <summary>The consumer. Only to be touched from the loop's thread, except where Confluent.Kafka says otherwise.</summary>
    protected IConsumer<string, byte[]> Consumer { get; } = consumer;

    /// <summary>
    /// How many records that are here already are handled between two calls of <see cref="AfterPoll"/>. More than one only where partitions
    /// are never taken away: the next record is asked for before the last one is handled.
    /// </summary>
    protected virtual int MostPerPoll => 1;

    /// <summary>Subscribes or assigns. Called on the loop's thread once the topics exist; retried with a pause when Kafka fails.</summary>
    protected abstract void Start(CancellationToken stopping);

    /// <summary>
    /// The bus is another cluster than before: reads everything that it holds, from the beginning. Retried as <see cref="Start"/> is.
    /// </summary>
    protected abstract void StartAnew(CancellationToken stopping);

    /// <summary>One record. Runs on the loop's thread and must not wait for anything slow.</summary>
    /// <param name="record">The record.</param>
    /// <param name="more">Another one is here already and is handled next.</param>
    protected abstract void Handle(ConsumeResult<string, byte[]> record, bool more);

    /// <summary>After every poll, with records or none, at least every 100 ms: pausing, resuming, noticing new partitions.</summary>
    protected virtual void AfterPoll()
    {
    }

    /// <summary>Before the consumer is closed: finish and store what is in work.</summary>
    protected virtual void Stopping()
    {
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await topics.EnsureAsync(stoppingToken);
        await Task.Factory.StartNew(() => Poll(stoppingToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void Poll(CancellationToken stopping)
    {
        try
        {
            Persistently(Start, stopping);
            while (!stopping.IsCancellationRequested)
            {
                switch (cluster.Look(PollTimeout))
                {
                    case Cluster.Unknown:
                        // A record of another cluster must not be taken for the next one of this.
                        AfterPoll();
                        continue;
                    case Cluster.Another:
                        EnsureTopics(stopping);
                        Persistently(StartAnew, stopping);
                        break;
                }

                PollOnce();
            }
        }
        finally
        {
            cluster.Stop();
            Stopping();
            Consumer.Close();
        }
    }

    private void EnsureTopics(CancellationToken stopping)
    {
        try
        {
            topics.EnsureAsync(stopping).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The service is stopping, and the loop ends for the same reason.
        }
    }

    private void PollOnce()
    {
        // The timeout keeps AfterPoll punctual and the loop stoppable.
        var record = Next(PollTimeout);
        for (var handled = 1; record is not null; handled++)
        {
            var next = handled < MostPerPoll && cluster.Undoubted ? Next(TimeSpan.Zero) : null;
            Handle(record, more: next is not null);
            record = next;
        }

        AfterPoll();
    }

    // Null when nothing arrived.
    private ConsumeResult<string, byte[]>? Next(TimeSpan timeout)
    {
        try
        {
            return Consumer.Consume(timeout) is { IsPartitionEOF: false } record ? record : null;
        }
        catch (ConsumeException exception) when (!exception.Error.IsFatal)
        {
            LogConsumeError(logger, exception.Error.Code, exception.Error.Reason);
            return null;
        }
    }

    private void Persistently(Action<CancellationToken> start, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                start(stopping);
                return;
            }
            catch (KafkaException exception) when (!exception.Error.IsFatal)
            {
                LogConsumeError(logger, exception.Error.Code, exception.Error.Reason);
                stopping.WaitHandle.WaitOne(PollTimeout);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Consuming: {code}: {reason}; trying again")]
    private static partial void LogConsumeError(ILogger logger, ErrorCode code, string reason);
}
