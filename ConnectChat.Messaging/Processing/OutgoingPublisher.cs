using System.Diagnostics;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Recipients;
using ConnectChat.Contracts.Records;
using ConnectChat.Messaging.Groups;
using ConnectChat.Kafka;
using Google.Protobuf;

namespace ConnectChat.Messaging.Processing;

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
    /// <summary>Publishes a message.</summary>
    /// <exception cref="ProduceException{TKey,TValue}">Kafka refuses the record itself.</exception>
    public Task PublishAsync(IncomingRecord record, OutgoingMessage message, RecipientsAtVersion recipients) => SendAsync(
        record,
        message.GroupId,
        message.ToByteArray(),
        new Headers
        {
            { RecordHeaders.Recipients, recipients.Encoded },
            { RecordHeaders.RecipientCount, Number(recipients.Count) },
            { RecordHeaders.MessageId, Encoding.UTF8.GetBytes(message.MessageId) },
            { RecordHeaders.MembershipVersion, Number(message.MembershipVersion) },
            { RecordHeaders.Sequence, Number(message.Sequence) },
        },
        span => span
            .SetTag("connectchat.message.id", message.MessageId)
            .SetTag("connectchat.sequence", message.Sequence)
            .SetTag("connectchat.recipients.count", recipients.Count));

    /// <summary>Tells the sender alone that a message was refused.</summary>
    public Task RejectAsync(IncomingRecord record, IncomingMessage refused, string code) => SendAsync(
        record,
        refused.GroupId,
        new Rejection { GroupId = refused.GroupId, ClientMessageId = refused.ClientMessageId, Code = code }.ToByteArray(),
        new Headers
        {
            { RecordHeaders.Kind, Encoding.UTF8.GetBytes(RecordHeaders.KindRejection) },
            { RecordHeaders.Recipients, RecipientSet.Encode([refused.SenderNumber]) },
            { RecordHeaders.RecipientCount, Number(1) },
        },
        span => span.SetTag("connectchat.rejection", code));

    private async Task SendAsync(IncomingRecord record, string groupId, byte[] value, Headers headers, Action<Activity> describe)
    {
        using var span = telemetry.StartSend();
        TraceHeaders.Inject(span ?? Activity.Current, headers);
        if (span is not null)
        {
            span.SetTag("connectchat.group.id", groupId);
            describe(span);
        }

        var sent = await retry.CallAsync(
            "kafka",
            record,
            token => producer.ProduceAsync(Topics.Outgoing, new Message<string, byte[]> { Key = groupId, Value = value, Headers = headers }, token));
        span?.SetTag("messaging.destination.partition.id", sent.Partition.Value).SetTag("messaging.kafka.offset", sent.Offset.Value);
    }

    private static byte[] Number(long value) => Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));
}
