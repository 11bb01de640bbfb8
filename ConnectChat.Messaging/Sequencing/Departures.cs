using System.Diagnostics;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Recipients;
using ConnectChat.Contracts.Records;
using ConnectChat.Messaging.Consuming;
using ConnectChat.Messaging.Publishing;
using ConnectChat.Messaging.Telemetry;
using ConnectChat.Records;

namespace ConnectChat.Messaging.Sequencing;

/// <summary>Publishes what was decided about the events of a batch: to all members, to the sender alone, or to nobody.</summary>
internal sealed partial class Departures(OutgoingPublisher publisher, DeadLetters deadLetters, MessagingTelemetry telemetry, ILogger<Departures> logger)
{
    /// <summary>Publishes what there is to publish, in the order of the events.</summary>
    public async Task LeaveAsync(IncomingBatch batch, IReadOnlyList<PendingEvent> events)
    {
        var leaving = new List<(PendingEvent Pending, Departure Departure)>(events.Count);
        foreach (var pending in events)
        {
            if (Of(pending) is { } departure)
            {
                departure.Record.Headers.Add(RecordHeaders.SourceOffset, OutgoingRecordCodec.Number(pending.Record.Source.Offset));
                leaving.Add((pending, departure));
            }
        }

        if (leaving.Count > 0)
        {
            await publisher.PublishAsync(batch, leaving.ConvertAll(each => each.Departure));
        }

        foreach (var (pending, _) in leaving.Where(each => each.Departure.IsRefused))
        {
            await RefusedAsync(batch.Only(pending.Record), pending);
        }

        foreach (var pending in events)
        {
            Told(pending);
        }
    }

    private Departure? Of(PendingEvent pending) => pending.Outcome switch
    {
        ProcessingOutcome.Published or ProcessingOutcome.Redelivered => Durable(pending),
        ProcessingOutcome.Told => Ephemeral(pending),
        ProcessingOutcome.Rejected when pending.Incoming.SenderNumber == 0 => Nobody(pending),
        ProcessingOutcome.Rejected => Rejection(pending),
        _ => null,
    };

    // What is in history is not lost: its recipients are told to read it there. A dead letter says that the topic takes less than it must.
    private async Task RefusedAsync(IncomingBatch alone, PendingEvent pending)
    {
        if (pending is { Rule.IsDurable: true, Outgoing: { } outgoing, Recipients: { } recipients })
        {
            var missed = OutgoingRecordCodec.Ephemeral(
                outgoing.GroupId, EventKind.Missed, new Missed { GroupId = outgoing.GroupId }, recipients.Encoded, recipients.Count);
            await publisher.PublishAsync(alone, [new Departure(missed, pending.Span, _ => { }) { IsDurable = false }]);
            LogTooLarge(logger, outgoing.GroupId, outgoing.Sequence);
        }

        await deadLetters.KeepAsync(alone, ErrorCodes.BodyTooLarge);
        pending.IsDeadLetter();
    }

    private static Departure Durable(PendingEvent pending)
    {
        var (outgoing, recipients) = (pending.Outgoing!, pending.Recipients!);
        return new Departure(
            OutgoingRecordCodec.Durable(outgoing, recipients.Encoded, recipients.Count),
            pending.Span,
            span => span
                .SetTag("connectchat.message.id", outgoing.MessageId)
                .SetTag("connectchat.sequence", outgoing.Sequence)
                .SetTag("connectchat.recipients.count", recipients.Count))
        { IsDurable = true };
    }

    private static Departure Ephemeral(PendingEvent pending)
    {
        var (outgoing, recipients, kind) = (pending.Outgoing!, pending.Recipients!, pending.Rule.Kind);
        return new Departure(
            OutgoingRecordCodec.Ephemeral(outgoing.GroupId, kind, outgoing, recipients.Encoded, recipients.Count),
            pending.Span,
            span => span.SetTag("connectchat.event.kind", kind).SetTag("connectchat.recipients.count", recipients.Count))
        { IsDurable = false };
    }

    private static Departure Rejection(PendingEvent pending)
    {
        var (incoming, code) = (pending.Incoming, pending.Refusal!);
        return new Departure(
            OutgoingRecordCodec.Ephemeral(
                incoming.GroupId,
                EventKind.Rejection,
                new Rejection { GroupId = incoming.GroupId, ClientMessageId = incoming.ClientMessageId, Code = code },
                RecipientSet.Encode([incoming.SenderNumber]),
                recipientCount: 1),
            pending.Span,
            span => span.SetTag("connectchat.rejection", code))
        { IsDurable = false };
    }

    private Departure? Nobody(PendingEvent pending)
    {
        LogNobodyToTell(logger, pending.Record.Result.TopicPartitionOffset);
        return null;
    }

    // Logged within the span of the event, so that the line carries its trace.
    private void Told(PendingEvent pending)
    {
        var outer = Activity.Current;
        Activity.Current = pending.Span;
        switch (pending.Outcome)
        {
            case ProcessingOutcome.Published:
                telemetry.Published(pending.Outgoing!, pending.Recipients!.Count);
                break;
            case ProcessingOutcome.Redelivered:
                telemetry.PublishedAgain(pending.Outgoing!, pending.Recipients!.Count);
                break;
            case ProcessingOutcome.Rejected:
                telemetry.Rejected(pending.Incoming, pending.Refusal!);
                break;
            case ProcessingOutcome.Duplicate:
                telemetry.Repeated(pending.Incoming, pending.Original.Sequence);
                break;
        }

        Activity.Current = outer;
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The outgoing topic takes no record of group {group}'s event {sequence}; its recipients are told to read it from history")]
    private static partial void LogTooLarge(ILogger logger, string group, long sequence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The record at {source} is refused, and it names no user number to tell")]
    private static partial void LogNobodyToTell(ILogger logger, TopicPartitionOffset source);
}
