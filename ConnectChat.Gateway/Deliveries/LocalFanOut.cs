using System.Diagnostics;
using Confluent.Kafka;
using ConnectChat.Contracts.Recipients;
using ConnectChat.Gateway.Connections;
using ConnectChat.Gateway.Deliveries.Kinds;
using ConnectChat.Gateway.SendQueues;
using ConnectChat.Gateway.Telemetry;
using ConnectChat.Records;
using Google.Protobuf;

namespace ConnectChat.Gateway.Deliveries;

/// <summary>
/// Delivers a record: those of its recipients who are connected here get a frame; all others are ignored. The frame is built once, the sockets are
/// never awaited. What the frame says is the business of the record's kind.
/// </summary>
/// <remarks><see cref="Handle"/> is called by the consume loop's thread alone. Whatever a record holds, it never throws because of it.</remarks>
internal sealed partial class LocalFanOut(
    LocalConnections connections,
    DeliveryKinds kinds,
    RecentGroups recent,
    MissedRecords missed,
    GatewayTelemetry telemetry,
    TimeProvider clock,
    ILogger<LocalFanOut> logger)
{
    private readonly List<uint> _matches = [];
    private readonly FrameGathering _gathering = new();
    private bool _more;

    /// <summary>Handles one record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="source">Where it was read.</param>
    /// <param name="more">Another one follows at once: frames may wait for it.</param>
    public void Handle(Message<string, byte[]> record, TopicPartitionOffset source, bool more = false)
    {
        _more = more;
        FanOut(record, source);
        SendGathered();
    }

    private void FanOut(Message<string, byte[]> record, TopicPartitionOffset source)
    {
        var startedAt = Stopwatch.GetTimestamp();
        if (!OutgoingHeaders.TryRead(record.Headers, out var headers, out var problem))
        {
            missed.TellAll();
            Unreadable(record, source, problem);
            return;
        }

        if (kinds.Find(headers.Kind) is not { } kind)
        {
            // A newer version published it while this one is still running: whoever understands it resumes it from history.
            telemetry.UnknownKind();
            return;
        }

        _matches.Clear();
        var error = RecipientSet.TryReadCount(headers.Recipients, out var count);
        if (error == RecipientSetError.None)
        {
            error = RecipientSet.TryIntersect(headers.Recipients, connections.Numbers, _matches);
        }

        if (error != RecipientSetError.None || record.Key is null || (kind is DurableKind && headers.Sequence == 0))
        {
            missed.TellAll();
            Unreadable(record, source, record.Key is null ? "no_key" : error != RecipientSetError.None ? "recipients" : "no_sequence");
            return;
        }

        if (kind is DurableKind && !recent.IsNew(record.Key, headers.Sequence, count))
        {
            telemetry.Duplicate();
            return;
        }

        using var activity = telemetry.StartFanOut(record.Headers);
        activity?.SetTag("connectchat.group.id", record.Key).SetTag("connectchat.sequence", headers.Sequence);
        if (_matches.Count == 0)
        {
            telemetry.FannedOut(activity, kind.Name, record.Key, headers.Sequence, delivered: 0, ignored: count);
            telemetry.Ignored(count, startedAt);
            return;
        }

        Deliver(record, kind, headers.Sequence, count, source, activity);
    }

    private void Deliver(Message<string, byte[]> record, DeliveryKind kind, long sequence, int count, TopicPartitionOffset source, Activity? activity)
    {
        if (Read(record, kind, sequence) is not var (message, sentAt))
        {
            activity?.SetStatus(ActivityStatusCode.Error, "unreadable value");
            missed.Tell(record.Key, _matches);
            Unreadable(record, source, "value");
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
                var queued = kind is DurableKind
                    ? device.Deliver(message, record.Key, sequence, _more ? _gathering : null)
                    : device.SendQueue.TryEnqueue(message, _more ? _gathering : null);
                frames += queued ? 1 : 0;
            }
        }

        SendGathered();
        telemetry.FannedOut(activity, kind.Name, record.Key, sequence, delivered, count - delivered);
        telemetry.Delivered(delivered, frames, count - delivered, clock.GetUtcNow() - sentAt);
    }

    private void SendGathered()
    {
        if (_more)
        {
            _gathering.SendIfDue();
        }
        else
        {
            _gathering.Send();
        }
    }

    // Null when the value is not what the headers say.
    private (OutboundMessage Message, DateTimeOffset SentAt)? Read(Message<string, byte[]> record, DeliveryKind kind, long sequence)
    {
        try
        {
            if (kind is not DurableKind durable)
            {
                return (((EphemeralKind)kind).Read(record.Value), TimeOf(record.Timestamp.UnixTimestampMs));
            }

            var outgoing = OutgoingRecordCodec.Event(record);
            return outgoing.GroupId == record.Key && outgoing.Sequence == sequence
                ? (durable.Present(outgoing, sequence - 1), TimeOf(outgoing.SentAtUnixMs))
                : null;
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or ArgumentNullException)
        {
            return null;
        }
    }

    // Whoever wrote the record chose it; beyond the year 9999 there is no time.
    private DateTimeOffset TimeOf(long unixMs) =>
        unixMs is > 0 and < 253_402_300_800_000 ? DateTimeOffset.FromUnixTimeMilliseconds(unixMs) : clock.GetUtcNow();

    private void Unreadable(Message<string, byte[]> record, TopicPartitionOffset source, string problem)
    {
        telemetry.Unreadable(record.Headers, problem);
        LogUnreadable(logger, source.Topic, source.Partition.Value, source.Offset.Value, problem);
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "{topic} [{partition}] @{offset} cannot be read ({problem}); nobody gets it live, its recipients are told to resume")]
    private static partial void LogUnreadable(ILogger logger, string topic, int partition, long offset, string problem);
}
