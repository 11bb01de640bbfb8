using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using ConnectChat.Messaging.Consuming;
using ConnectChat.Messaging.Events;
using ConnectChat.Messaging.History;
using ConnectChat.Messaging.Publishing;
using ConnectChat.Messaging.Recipients;
using ConnectChat.Messaging.Telemetry;
using Microsoft.Extensions.Options;

namespace ConnectChat.Messaging.Sequencing;

/// <summary>
/// A durable event of a member gets the next sequence of its group, is written to history, and is then published once with everyone who
/// is a member at the version it is stamped with. An ephemeral one is published once, and that is all. What an event says is the
/// business of its <see cref="EventRule"/>.
/// </summary>
/// <remarks>
/// Called for one record of a group at a time. Sequence and membership version both ascend along a group: recipients are read again
/// whenever somebody else wrote meanwhile.
/// </remarks>
internal sealed partial class EventProcessor(
    RecipientSource recipients,
    HistoryStore history,
    OutgoingPublisher publisher,
    DependencyRetry retry,
    MessagingTelemetry telemetry,
    IOptions<MessagingOptions> options,
    TimeProvider clock,
    ILogger<EventProcessor> logger)
{
    /// <summary>Processes one event to its end.</summary>
    /// <exception cref="OperationCanceledException">The partition is given up; the record is unfinished.</exception>
    public async Task<ProcessingOutcome> ProcessAsync(IncomingRecord record, IncomingEvent incoming, EventRule rule)
    {
        while (true)
        {
            var answer = await GetRecipientsAsync(record, incoming);
            if (answer.Set is not { } members || !answer.SenderIsMember)
            {
                return await RefuseAsync(record, incoming, answer.Set);
            }

            if (!rule.IsDurable)
            {
                await publisher.TellAsync(record, Compose(incoming, rule, sequence: 0, members.Version), rule.Kind, members);
                return ProcessingOutcome.Told;
            }

            var state = await GetStateAsync(record, incoming.GroupId);
            if (state.Find(incoming.SenderId, incoming.ClientMessageId) is { } known)
            {
                return await RepeatAsync(record, incoming, known, members);
            }

            if (members.Version < state.MembershipVersion)
            {
                // The recipients were read before another owner wrote at a later version.
                continue;
            }

            var message = Compose(incoming, rule, state.NextSequence, members.Version);
            switch (await WriteAsync(record, message))
            {
                case WriteOutcome.Written:
                    state.Add(message.SenderId, message.ClientMessageId, new Written(message.Sequence, record.Source), message.MembershipVersion);
                    await publisher.PublishAsync(record, message, members);
                    telemetry.Published(message, members.Count);
                    return ProcessingOutcome.Published;

                case WriteOutcome.Duplicate:
                    // Possibly our own write whose answer was lost, so the next sequence is not what the state says.
                    record.Work.Groups.TryRemove(incoming.GroupId);
                    if (await FindAsync(record, incoming) is { } original)
                    {
                        return await RepeatAsync(record, incoming, original, members);
                    }

                    break;

                case WriteOutcome.SequenceTaken:
                    record.Work.Groups.TryRemove(incoming.GroupId);
                    break;
            }
        }
    }

    // Not a member now; but what was accepted earlier is not refused afterwards: it is in history, and others may have it.
    private async Task<ProcessingOutcome> RefuseAsync(IncomingRecord record, IncomingEvent incoming, RecipientsAtVersion? members)
    {
        if (members is not null && await FindAsync(record, incoming) is { } original)
        {
            return await RepeatAsync(record, incoming, original, members);
        }

        if (incoming.SenderNumber == 0)
        {
            LogNobodyToTell(logger, record.Result.TopicPartitionOffset);
            return ProcessingOutcome.Rejected;
        }

        await publisher.RejectAsync(record, incoming, ErrorCodes.NotAMember);
        telemetry.Rejected(incoming, ErrorCodes.NotAMember);
        return ProcessingOutcome.Rejected;
    }

    private async Task<ProcessingOutcome> RepeatAsync(IncomingRecord record, IncomingEvent incoming, Written original, RecipientsAtVersion members)
    {
        if (original.Source != record.Source)
        {
            telemetry.Repeated(incoming, original.Sequence);
            return ProcessingOutcome.Duplicate;
        }

        var message = await retry.CallAsync("dynamodb", record, token => history.GetAsync(incoming.GroupId, original.Sequence, token))
            ?? throw new InvalidOperationException($"The message that a client id stands for is not in history at sequence {original.Sequence}.");
        var then = await retry.CallAsync("groups", record, token => MembersAtAsync(incoming, members, message.MembershipVersion, token));
        await publisher.PublishAsync(record, message, then);
        telemetry.PublishedAgain(message, then.Count);
        return ProcessingOutcome.Redelivered;
    }

    // A try after a failed one starts from the membership as it is now: whoever the failed one asked as may have left.
    private async Task<RecipientsAtVersion> MembersAtAsync(
        IncomingEvent incoming, RecipientsAtVersion members, long version, CancellationToken cancellationToken)
    {
        if (members.Version == version)
        {
            return members;
        }

        var answer = await recipients.GetAsync(incoming.GroupId, incoming.SenderId, cancellationToken);
        return await recipients.AsOfAsync(incoming.GroupId, answer.Set ?? members, version, cancellationToken);
    }

    private Task<RecipientsAnswer> GetRecipientsAsync(IncomingRecord record, IncomingEvent incoming) =>
        retry.CallAsync("groups", record, token => recipients.GetAsync(incoming.GroupId, incoming.SenderId, token));

    private Task<Written?> FindAsync(IncomingRecord record, IncomingEvent incoming) => retry.CallAsync(
        "dynamodb", record, token => history.FindAsync(incoming.GroupId, incoming.SenderId, incoming.ClientMessageId, token));

    private async Task<GroupPosition> GetStateAsync(IncomingRecord record, string groupId)
    {
        if (record.Work.Groups.TryGet(groupId, out var state))
        {
            return state;
        }

        state = await retry.CallAsync("dynamodb", record, token => history.LoadStateAsync(groupId, options.Value.RecentMessages, token));
        record.Work.Groups.AddOrUpdate(groupId, state);
        return state;
    }

    private async Task<WriteOutcome> WriteAsync(IncomingRecord record, OutgoingEvent message)
    {
        using var span = telemetry.StartHistoryWrite(history.Table);
        var outcome = await retry.CallAsync("dynamodb", record, token => history.WriteAsync(message, record.Source, token));
        span?.SetTag("connectchat.sequence", message.Sequence).SetTag("connectchat.write", outcome.ToString());
        return outcome;
    }

    private OutgoingEvent Compose(IncomingEvent incoming, EventRule rule, long sequence, long membershipVersion)
    {
        var outgoing = new OutgoingEvent
        {
            GroupId = incoming.GroupId,
            Sequence = sequence,
            MessageId = Guid.CreateVersion7(clock.GetUtcNow()).ToString(),
            SenderId = incoming.SenderId,
            ClientMessageId = incoming.ClientMessageId,
            SentAtUnixMs = incoming.AcceptedAtUnixMs,
            MembershipVersion = membershipVersion,
        };
        rule.Compose(incoming, outgoing);
        return outgoing;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The record at {source} is refused, and it names no user number to tell")]
    private static partial void LogNobodyToTell(ILogger logger, TopicPartitionOffset source);
}
