using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Kafka;
using ConnectChat.Messaging.Consuming;
using ConnectChat.Messaging.Events;
using ConnectChat.Messaging.Publishing;
using ConnectChat.Messaging.Telemetry;

namespace ConnectChat.Messaging.Sequencing;

/// <summary>
/// Takes every record to one of the outcomes, whatever is wrong with it: a record that cannot be processed becomes a dead letter and
/// never a stall. Throws only when the partition is given up.
/// </summary>
internal sealed partial class RecordHandler(
    IncomingEventReader reader, EventProcessor processor, DeadLetters deadLetters, MessagingTelemetry telemetry, TimeProvider clock, ILogger<RecordHandler> logger) : IRecordHandler
{
    // A fault of the program mostly fails every time; what a lost race caused is gone at the second try.
    private const int Tries = 3;

    /// <inheritdoc/>
    public async Task HandleAsync(IncomingRecord record)
    {
        using var span = telemetry.StartProcess(record.Result);
        var started = clock.GetTimestamp();
        var outcome = await OutcomeAsync(record);
        telemetry.Processed(outcome, clock.GetElapsedTime(started), span);
    }

    private async Task<ProcessingOutcome> OutcomeAsync(IncomingRecord record)
    {
        if (reader.Read(record.Result.Message, out var incoming, out var rule) is { } reason)
        {
            return await DeadLetterAsync(record, reason);
        }

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await processor.ProcessAsync(record, incoming, rule);
            }
            catch (ProduceException<string, byte[]> refused) when (KafkaFailures.IsRefusal(refused))
            {
                return await DeadLetterAsync(record, ErrorCodes.BodyTooLarge);
            }
            catch (Exception exception) when (!record.Stopping.IsCancellationRequested)
            {
                LogFailed(logger, record.Result.TopicPartitionOffset, attempt, exception);
                record.Work.Groups.TryRemove(incoming.GroupId);
                if (attempt == Tries)
                {
                    return await DeadLetterAsync(record, ErrorCodes.Internal);
                }
            }
        }
    }

    private async Task<ProcessingOutcome> DeadLetterAsync(IncomingRecord record, string reason)
    {
        await deadLetters.KeepAsync(record, reason);
        return ProcessingOutcome.DeadLetter;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Processing the record at {source} failed unexpectedly, attempt {attempt}")]
    private static partial void LogFailed(ILogger logger, TopicPartitionOffset source, int attempt, Exception exception);
}
