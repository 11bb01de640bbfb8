using System.Diagnostics;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.Telemetry;
using ConnectChat.Kafka;
using ConnectChat.Records;

namespace ConnectChat.Gateway.Sending;

/// <summary>Publishes an accepted message: one record on <c>group_incoming_messages</c>, keyed by group id.</summary>
internal sealed partial class IncomingPublisher(IProducer<string, byte[]> producer, GatewayTelemetry telemetry, ILogger<IncomingPublisher> logger)
{
    /// <summary>
    /// The record's offset, once all in-sync replicas have it. Refused as <c>unavailable</c>: it may be there or not, and a retry with the same
    /// client message id is the same message; as <c>body_too_large</c>: the bus will never take this record. Sends of one
    /// connection keep their order.
    /// </summary>
    public async Task<Outcome<long>> PublishAsync(IncomingEvent incoming, CancellationToken cancellationToken)
    {
        using var activity = telemetry.StartSend(incoming.GroupId);
        var record = IncomingRecordCodec.Of(incoming, activity ?? Activity.Current);
        try
        {
            return (await producer.ProduceAsync(Topics.Incoming, record, cancellationToken)).Offset.Value;
        }
        catch (KafkaException exception)
        {
            activity?.SetStatus(ActivityStatusCode.Error, exception.Error.Code.ToString());
            LogFailed(logger, exception.Error.Code, exception.Error.Reason);
            return KafkaFailures.IsRefusal(exception)
                ? new Refusal(ErrorCodes.BodyTooLarge, "The message bus takes no message of this size.")
                : new Refusal(ErrorCodes.Unavailable, "The message bus does not answer; retry with the same client message id.");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A send did not reach Kafka: {code}: {reason}")]
    private static partial void LogFailed(ILogger logger, ErrorCode code, string reason);
}
