using System.Diagnostics;
using Confluent.Kafka;
using ConnectChat.Contracts.Hub;
using ConnectChat.Contracts.Recipients;
using ConnectChat.Contracts.Records;
using ConnectChat.Gateway.Connections;
using ConnectChat.Gateway.Telemetry;
using Google.Protobuf;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway.Deliveries;

/// <summary>
/// Step 9: of a record's recipients, those connected here get a frame; all others are ignored. The frame is built once, the sockets are
/// never awaited.
/// </summary>
/// <remarks><see cref="Handle"/> is called by the consume loop's thread alone. Whatever a record holds, it never throws because of it.</remarks>
internal sealed partial class LocalFanOut(
    LocalConnections connections, GatewayTelemetry telemetry, TimeProvider clock, IOptions<GatewayOptions> options, ILogger<LocalFanOut> logger)
{
    private readonly SeenSequences _seen = new(options.Value.RememberedGroups);
    private readonly List<uint> _matches = [];

    /// <summary>How many members a group had at its last message that this gateway read; null when it read none. For any thread.</summary>
    public int? SizeOf(string groupId) => _seen.RecipientsOf(groupId);

    /// <summary>Handles one record.</summary>
    public void Handle(Message<string, byte[]> record, TopicPartitionOffset source)
    {
        var startedAt = Stopwatch.GetTimestamp();
        if (!OutgoingHeaders.TryRead(record.Headers, out var headers, out var problem))
        {
            Unreadable(source, problem);
            return;
        }

        _matches.Clear();
        var error = RecipientSet.TryReadCount(headers.Recipients, out var count);
        if (error == RecipientSetError.None)
        {
            error = RecipientSet.TryIntersect(headers.Recipients, connections.Numbers, _matches);
        }

        if (error != RecipientSetError.None || record.Key is null)
        {
            Unreadable(source, record.Key is null ? "no_key" : "recipients");
            return;
        }

        if (!headers.IsRejection && !_seen.IsNew(record.Key, headers.Sequence, count))
        {
            telemetry.Duplicate();
            return;
        }

        using var activity = telemetry.StartFanOut(record.Headers);
        activity?.SetTag("connectchat.group.id", record.Key).SetTag("connectchat.sequence", headers.Sequence);
        if (_matches.Count == 0)
        {
            telemetry.FannedOut(activity, record.Key, headers.Sequence, delivered: 0, ignored: count);
            telemetry.Ignored(count, startedAt);
            return;
        }

        Deliver(record, headers, count, source, activity);
    }

    private void Deliver(Message<string, byte[]> record, OutgoingHeaders headers, int count, TopicPartitionOffset source, Activity? activity)
    {
        if (Read(record, headers) is not var (message, sentAt))
        {
            activity?.SetStatus(ActivityStatusCode.Error, "unreadable value");
            Unreadable(source, "value");
            return;
        }

        var delivered = 0;
        var frames = 0;
        foreach (var number in _matches)
        {
            var devices = connections.Of(number);
            delivered += devices.Length > 0 ? 1 : 0;
            foreach (var device in devices)
            {
                var queued = headers.IsRejection ? device.Outbox.TryEnqueue(message) : device.Deliver(message, record.Key, headers.Sequence);
                frames += queued ? 1 : 0;
            }
        }

        telemetry.FannedOut(activity, record.Key, headers.Sequence, delivered, count - delivered);
        telemetry.Delivered(delivered, frames, count - delivered, clock.GetUtcNow() - sentAt);
    }

    // Null when the value is not what the headers say.
    private (OutboundMessage Message, DateTimeOffset SentAt)? Read(Message<string, byte[]> record, OutgoingHeaders headers)
    {
        try
        {
            if (headers.IsRejection)
            {
                var rejection = Rejection.Parser.ParseFrom(record.Value);
                return (new OutboundMessage(HubContract.MessageRejected, new MessageRejection
                {
                    GroupId = rejection.GroupId,
                    ClientMessageId = rejection.ClientMessageId,
                    Code = rejection.Code,
                }), record.Timestamp.UtcDateTime);
            }

            var message = OutgoingMessage.Parser.ParseFrom(record.Value);
            return message.GroupId == record.Key && message.Sequence == headers.Sequence
                ? (new OutboundMessage(HubContract.MessageReceived, ChatMessages.From(message, message.Sequence - 1)), SentAt(message))
                : null;
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or ArgumentNullException)
        {
            return null;
        }
    }

    private DateTimeOffset SentAt(OutgoingMessage message) =>
        message.SentAtUnixMs is > 0 and < 253_402_300_800_000 ? DateTimeOffset.FromUnixTimeMilliseconds(message.SentAtUnixMs) : clock.GetUtcNow();

    private void Unreadable(TopicPartitionOffset source, string problem)
    {
        telemetry.Unreadable(problem);
        LogUnreadable(logger, source.Topic, source.Partition.Value, source.Offset.Value, problem);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{topic} [{partition}] @{offset} cannot be read ({problem}); nobody gets it live, its group resumes from history")]
    private static partial void LogUnreadable(ILogger logger, string topic, int partition, long offset, string problem);
}
