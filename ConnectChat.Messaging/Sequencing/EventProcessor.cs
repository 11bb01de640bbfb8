using ConnectChat.Messaging.Consuming;
using ConnectChat.Messaging.History;
using ConnectChat.Messaging.Telemetry;

namespace ConnectChat.Messaging.Sequencing;

/// <summary>
/// Durable events of members get the next sequences of their group, are written to history, and are then each published once with everyone
/// who is a member at the version they are stamped with. Ephemeral ones are published once, and that is all. What an event says is the
/// business of its kind.
/// </summary>
/// <remarks>
/// Called for one batch of a group at a time. Sequence and membership version both ascend along a group. What is decided about a client id
/// is final: it is in the table before anybody is told.
/// </remarks>
internal sealed class EventProcessor(
    Judge judge, HistoryLog log, HistoryStore history, ClientIds clientIds, DependencyRetry retry, Departures departures, MessagingTelemetry telemetry)
{
    /// <summary>Processes the events of a batch to their ends, at least one, all of one group.</summary>
    /// <exception cref="OperationCanceledException">The partition is given up; the batch is unfinished.</exception>
    public async Task ProcessAsync(IncomingBatch batch, IReadOnlyList<PendingEvent> events)
    {
        // A single event learns from its own write whether its client id is known; for several that is asked before.
        for (var lookUp = events.Count > 1; ; lookUp = true)
        {
            var position = await judge.DecideAsync(batch, events, lookUp);
            var accepted = events.Where(pending => pending.Outcome == ProcessingOutcome.Published).ToList();
            if (!await RefuseAsync(batch, position, events) || !await WriteAsync(batch, position, accepted))
            {
                // Another owner wrote meanwhile, or an earlier write of our own whose answer was lost did.
                batch.Work.Groups.TryRemove(events[0].Incoming.GroupId);
                continue;
            }

            accepted.ForEach(pending => position.Add(
                pending.Id.Sender,
                pending.Id.ClientMessageId,
                new Judged(pending.Outgoing!.Sequence, pending.Record.Source),
                pending.Outgoing.MembershipVersion));
            await Task.WhenAll(IndexAsync(batch, accepted), departures.LeaveAsync(batch, events));
            return;
        }
    }

    /// <summary>
    /// Tells the sender of an event that nobody could process that it is refused, if nothing else was decided about it: a failure may have come
    /// after its write, and then it stands.
    /// </summary>
    public async Task RefuseAsync(IncomingBatch alone, PendingEvent pending, string code)
    {
        pending.Refuse(code);
        if (await RefuseAsync(alone, await judge.PositionAsync(alone, pending.Incoming.GroupId), [pending]))
        {
            await departures.LeaveAsync(alone, [pending]);
        }
    }

    private async Task<bool> WriteAsync(IncomingBatch batch, GroupPosition position, List<PendingEvent> accepted)
    {
        if (accepted.Count == 0)
        {
            return true;
        }

        var written = accepted.ConvertAll(pending => new SourcedEvent(pending.Outgoing!, pending.Record.Source));
        var spans = accepted.ConvertAll(pending => telemetry.StartHistoryWrite(history.Table, pending.Span));
        var outcome = await retry.CallAsync(
            "dynamodb", batch, token => written.Count == 1 ? log.WriteOneAsync(written[0], token) : log.WriteBatchAsync(position, written, token));
        for (var i = 0; i < accepted.Count; i++)
        {
            spans[i]?.SetTag("connectchat.sequence", written[i].Event.Sequence).SetTag("connectchat.write", outcome.ToString()).Dispose();
        }

        return outcome == WriteOutcome.Written;
    }

    // Written while the events are being published. After a crash in between, whoever loads the group next writes them.
    private Task IndexAsync(IncomingBatch batch, List<PendingEvent> accepted) => accepted.Count < 2
        ? Task.CompletedTask
        : retry.CallAsync("dynamodb", batch, async token =>
        {
            await clientIds.WriteAsync(accepted.ConvertAll(pending => new SourcedEvent(pending.Outgoing!, pending.Record.Source)), token);
            return true;
        });

    private async Task<bool> RefuseAsync(IncomingBatch batch, GroupPosition position, IReadOnlyList<PendingEvent> events)
    {
        var refused = events.Where(pending => pending is { Outcome: ProcessingOutcome.Rejected, Rule.IsDurable: true, Original.Refusal: null })
            .Select(pending => clientIds.Item(pending.Incoming, pending.Record.Source, pending.Refusal!));
        foreach (var some in refused.Chunk(HistoryLog.MostRefusals))
        {
            if (await retry.CallAsync("dynamodb", batch, token => log.RefuseAsync(position, events[0].Incoming.GroupId, some, token)) != WriteOutcome.Written)
            {
                return false;
            }
        }

        return true;
    }
}
