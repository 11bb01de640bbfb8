using System.Diagnostics;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Messaging.Consuming;
using ConnectChat.Messaging.Events;
using ConnectChat.Messaging.Publishing;
using ConnectChat.Messaging.Telemetry;

namespace ConnectChat.Messaging.Sequencing;

/// <summary>
/// Takes every record of a batch to one of the outcomes, whatever is wrong with it: a record that cannot be processed becomes a dead letter
/// and never a stall. Throws only when the partition is given up.
/// </summary>
internal sealed partial class BatchHandler(
    IncomingEventReader reader,
    EventProcessor processor,
    DeadLetters deadLetters,
    MessagingTelemetry telemetry,
    TimeProvider clock,
    ILogger<BatchHandler> logger) : IBatchHandler
{
    // A fault of the program mostly fails every time; what a lost race caused is gone at the second try.
    private const int Tries = 3;

    /// <inheritdoc/>
    public async Task HandleAsync(IncomingBatch batch)
    {
        var started = clock.GetTimestamp();
        var events = new List<PendingEvent>(batch.Records.Count);
        foreach (var record in batch.Records)
        {
            var span = telemetry.StartProcess(record.Result, batch.Records.Count, events.Count > 0 ? events[0].Span : null);
            if (reader.Read(record.Result.Message, out var incoming, out var rule) is { } reason)
            {
                await KeepAsync(batch.Only(record), span, reason, started);
                continue;
            }

            events.Add(new PendingEvent(record, incoming, rule, span));
        }

        if (events.Count > 0)
        {
            // What is done for all is part of the first one's trace.
            Activity.Current = events[0].Span;
            await ProcessAsync(batch, events);
            events.ForEach(pending => Finished(pending.Outcome, pending.Span, started));
        }
    }

    // A batch that fails is processed again record by record, so that one record that cannot be processed does not stop the others.
    private async Task ProcessAsync(IncomingBatch batch, List<PendingEvent> events)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await processor.ProcessAsync(batch, events);
                return;
            }
            catch (Exception exception) when (!batch.Stopping.IsCancellationRequested)
            {
                LogFailed(logger, events[0].Record.Result.TopicPartitionOffset, events.Count, attempt, exception);
                batch.Work.Groups.TryRemove(events[0].Incoming.GroupId);
            }

            if (events.Count > 1)
            {
                foreach (var pending in events)
                {
                    Activity.Current = pending.Span;
                    await ProcessAsync(batch.Only(pending.Record), [pending]);
                }

                return;
            }

            if (attempt == Tries)
            {
                await deadLetters.KeepAsync(batch, ErrorCodes.Internal);
                await TellSenderAsync(batch, events[0]);
                events[0].IsDeadLetter();
                return;
            }
        }
    }

    private async Task TellSenderAsync(IncomingBatch alone, PendingEvent pending)
    {
        try
        {
            await processor.RefuseAsync(alone, pending, ErrorCodes.Internal);
        }
        catch (Exception exception) when (!alone.Stopping.IsCancellationRequested)
        {
            // What cannot be processed may not be refusable either. It is kept, and logged.
            LogUntold(logger, pending.Record.Result.TopicPartitionOffset, exception);
        }
    }

    private async Task KeepAsync(IncomingBatch alone, Activity? span, string reason, long started)
    {
        Activity.Current = span;
        await deadLetters.KeepAsync(alone, reason);
        Finished(ProcessingOutcome.DeadLetter, span, started);
    }

    private void Finished(ProcessingOutcome outcome, Activity? span, long started)
    {
        telemetry.Processed(outcome, clock.GetElapsedTime(started), span);
        span?.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The sender of the dead letter at {source} could not be told")]
    private static partial void LogUntold(ILogger logger, TopicPartitionOffset source, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Processing {count} records from {source} on failed unexpectedly, attempt {attempt}")]
    private static partial void LogFailed(ILogger logger, TopicPartitionOffset source, int count, int attempt, Exception exception);
}
