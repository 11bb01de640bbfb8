using System.Text;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Kafka;
using ConnectChat.Messaging.Consuming;
using ConnectChat.Messaging.Telemetry;

namespace ConnectChat.Messaging.Publishing;

/// <summary>
/// Keeps records that can never be processed: key, value and headers as they were, with the reason and where they were read. They
/// stay on their topic for an operator; the partition goes on.
/// </summary>
internal sealed partial class DeadLetters(
    IProducer<string, byte[]> producer, DependencyRetry retry, MessagingTelemetry telemetry, ILogger<DeadLetters> logger)
{
    /// <summary>Returns once the record is kept.</summary>
    /// <param name="batch">The record, alone.</param>
    /// <param name="reason">A code of <see cref="ErrorCodes"/>.</param>
    public async Task KeepAsync(IncomingBatch batch, string reason)
    {
        var source = batch.Records[0].Result;
        var headers = new Headers();
        foreach (var header in source.Message.Headers ?? [])
        {
            headers.Add(header.Key, header.GetValueBytes());
        }

        headers.Add(RecordHeaders.DeadLetterReason, Encoding.UTF8.GetBytes(reason));
        headers.Add(RecordHeaders.DeadLetterSource, Encoding.UTF8.GetBytes($"{source.Topic}:{source.Partition.Value}:{source.Offset.Value}"));

        using var span = telemetry.StartKeep();
        try
        {
            await ProduceAsync(batch, headers, source.Message.Value);
        }
        catch (ProduceException<string, byte[]> refused) when (KafkaFailures.IsRefusal(refused))
        {
            // With the added headers the record may be too large. The source says where its value still is, until retention takes it.
            await ProduceAsync(batch, headers, []);
        }

        LogKept(logger, source.TopicPartitionOffset, reason);
    }

    private Task<DeliveryResult<string, byte[]>> ProduceAsync(IncomingBatch batch, Headers headers, byte[] value) => retry.CallAsync(
        "kafka",
        batch,
        token => producer.ProduceAsync(
            Topics.DeadLetter, new Message<string, byte[]> { Key = batch.Records[0].Result.Message.Key, Value = value, Headers = headers }, token));

    [LoggerMessage(Level = LogLevel.Error, Message = "The record at {source} can never be processed ({reason}); it is kept as a dead letter")]
    private static partial void LogKept(ILogger logger, TopicPartitionOffset source, string reason);
}
