using System.Diagnostics;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Recipients;
using ConnectChat.Contracts.Records;
using ConnectChat.Messaging.Consuming;
using ConnectChat.Messaging.Recipients;
using ConnectChat.Messaging.Telemetry;
using ConnectChat.Records;

namespace ConnectChat.Messaging.Publishing;

/// <summary>
/// Publishes to <c>group_outgoing_messages</c>: one record, whatever the number of recipients, with their complete set in its headers.
/// Returns once Kafka has it on all in-sync replicas.
/// </summary>
/// <remarks>
/// A record whose acknowledgement was lost is sent again; gateways recognise it by its sequence. The next message of a group is only
/// published after this one, so sequences ascend on the topic.
/// </remarks>
internal sealed class OutgoingPublisher(IProducer<string, byte[]> producer, DependencyRetry retry, MessagingTelemetry telemetry)
{
    /// <summary>Publishes a durable event.</summary>
    /// <exception cref="ProduceException{TKey,TValue}">Kafka refuses the record itself.</exception>
    public async Task PublishAsync(IncomingRecord record, OutgoingEvent outgoing, RecipientsAtVersion recipients)
    {
        await SendAsync(
            record,
            OutgoingRecordCodec.Durable(outgoing, recipients.Encoded, recipients.Count),
            span => span
                .SetTag("connectchat.message.id", outgoing.MessageId)
                .SetTag("connectchat.sequence", outgoing.Sequence)
                .SetTag("connectchat.recipients.count", recipients.Count));
        telemetry.RecordAcknowledged();
    }

    /// <summary>Publishes an event that is in nobody's history.</summary>
    public Task TellAsync(IncomingRecord record, OutgoingEvent outgoing, string kind, RecipientsAtVersion recipients) => SendAsync(
        record,
        OutgoingRecordCodec.Ephemeral(outgoing.GroupId, kind, outgoing, recipients.Encoded, recipients.Count),
        span => span.SetTag("connectchat.event.kind", kind).SetTag("connectchat.recipients.count", recipients.Count));

    /// <summary>Tells the sender alone that an event was refused.</summary>
    public Task RejectAsync(IncomingRecord record, IncomingEvent refused, string code) => SendAsync(
        record,
        OutgoingRecordCodec.Ephemeral(
            refused.GroupId,
            EventKind.Rejection,
            new Rejection { GroupId = refused.GroupId, ClientMessageId = refused.ClientMessageId, Code = code },
            RecipientSet.Encode([refused.SenderNumber]),
            recipientCount: 1),
        span => span.SetTag("connectchat.rejection", code));

    private async Task SendAsync(IncomingRecord record, Message<string, byte[]> outgoing, Action<Activity> describe)
    {
        using var span = telemetry.StartSend();
        TraceHeaders.Inject(span ?? Activity.Current, outgoing.Headers);
        if (span is not null)
        {
            span.SetTag("connectchat.group.id", outgoing.Key);
            describe(span);
        }

        var sent = await retry.CallAsync("kafka", record, token => producer.ProduceAsync(Topics.Outgoing, outgoing, token));
        span?.SetTag("messaging.destination.partition.id", sent.Partition.Value).SetTag("messaging.kafka.offset", sent.Offset.Value);
    }
}
