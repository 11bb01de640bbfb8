using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using ConnectChat.Messaging.Consuming;
using ConnectChat.Messaging.History;
using ConnectChat.Messaging.Recipients;
using Microsoft.Extensions.Options;

namespace ConnectChat.Messaging.Sequencing;

/// <summary>Decides what becomes of each event of a batch: nothing is written or told yet, so it may be asked again.</summary>
internal sealed class Judge(
    RecipientSource recipients,
    HistoryLog log,
    HistoryStore history,
    ClientIds clientIds,
    DependencyRetry retry,
    IOptions<MessagingOptions> options,
    TimeProvider clock)
{
    private static readonly Dictionary<(string, string), Judged> NoIds = [];

    /// <summary>Decides by the membership and the history as they are now.</summary>
    /// <param name="batch">What they are part of.</param>
    /// <param name="events">The events of one group, in their order.</param>
    /// <param name="lookUp">Whether client ids that are not remembered are looked up; for a single event its write finds out.</param>
    /// <returns>The group's position, with sequences from which on those events that are accepted are numbered.</returns>
    public async Task<GroupPosition> DecideAsync(IncomingBatch batch, IReadOnlyList<PendingEvent> events, bool lookUp)
    {
        var groupId = events[0].Incoming.GroupId;
        var senders = events.Select(pending => pending.Incoming.SenderId).Distinct(StringComparer.Ordinal).ToList();
        var position = await PositionAsync(batch, groupId);
        var asked = AnswerAsync(batch, groupId, senders, position.MembershipVersion);
        var found = lookUp ? KnownAsync(batch, groupId, position, events) : Task.FromResult(NoIds);
        await Task.WhenAll(asked, found);

        var (answer, known) = (await asked, await found);
        var (next, here) = (position.NextSequence, new Dictionary<(string, string), PendingEvent>());
        foreach (var pending in events)
        {
            if (pending.Rule.IsDurable && !here.TryAdd(pending.Id, pending))
            {
                RepeatInBatch(pending, here[pending.Id]);
            }
            else if (pending.Rule.IsDurable && (position.Find(pending.Id.Sender, pending.Id.ClientMessageId) ?? Find(known, pending)) is { } judged)
            {
                await RepeatAsync(batch, pending, judged, answer);
            }
            else if (answer.Set is not { } members || !answer.Members.Contains(pending.Id.Sender))
            {
                pending.Refuse(ErrorCodes.NotAMember);
            }
            else
            {
                pending.Accept(Compose(pending, pending.Rule.IsDurable ? next++ : 0, members.Version), members);
            }
        }

        return position;
    }

    private static Judged? Find(Dictionary<(string, string), Judged> known, PendingEvent pending) =>
        known.TryGetValue(pending.Id, out var judged) ? judged : null;

    // The first of the same client id decides; whoever sent it twice in a moment is told once.
    private static void RepeatInBatch(PendingEvent pending, PendingEvent first) =>
        pending.Repeat(new Judged(first.Outgoing?.Sequence ?? first.Original.Sequence, first.Record.Source, first.Refusal));

    private async Task RepeatAsync(IncomingBatch batch, PendingEvent pending, Judged judged, RecipientsAnswer answer)
    {
        if (judged.Refusal is { } code)
        {
            pending.RefuseAgain(code, judged);
        }
        else if (judged.Source != pending.Record.Source)
        {
            pending.Repeat(judged);
        }
        else
        {
            var groupId = pending.Incoming.GroupId;
            var outgoing = await retry.CallAsync("dynamodb", batch, token => history.GetAsync(groupId, judged.Sequence, token))
                ?? throw new InvalidOperationException($"The event that a client id stands for is not in history at sequence {judged.Sequence}.");
            pending.PublishAgain(outgoing, await retry.CallAsync("groups", batch, token => MembersAtAsync(pending, answer, outgoing.MembershipVersion, token)));
        }
    }

    // A retry asks for the membership again: the member in whose name the failed try asked may have left.
    private async Task<RecipientsAtVersion> MembersAtAsync(PendingEvent pending, RecipientsAnswer answer, long version, CancellationToken cancellationToken)
    {
        if (answer.Set is { } members && members.Version == version)
        {
            return members;
        }

        var now = await recipients.GetAsync(pending.Incoming.GroupId, [pending.Incoming.SenderId], cancellationToken);
        return now.Set is { } current
            ? await recipients.AsOfAsync(pending.Incoming.GroupId, current, version, cancellationToken)
            : throw new MembershipBehindException(pending.Incoming.GroupId, 0, version);
    }

    // Held while Groups is behind what history was stamped with.
    private Task<RecipientsAnswer> AnswerAsync(IncomingBatch batch, string groupId, List<string> senders, long least) =>
        retry.CallAsync("groups", batch, async token =>
        {
            var answer = await recipients.GetAsync(groupId, senders, token);
            return answer.Set is { } members && members.Version < least ? throw new MembershipBehindException(groupId, members.Version, least) : answer;
        });

    /// <summary>What this owner knows of a group, from the table when it is not in memory.</summary>
    public async Task<GroupPosition> PositionAsync(IncomingBatch batch, string groupId)
    {
        if (batch.Work.Groups.TryGet(groupId, out var position))
        {
            return position;
        }

        position = await retry.CallAsync("dynamodb", batch, token => log.LoadAsync(groupId, options.Value.RecentMessages, token));
        batch.Work.Groups.AddOrUpdate(groupId, position);
        return position;
    }

    private async Task<Dictionary<(string, string), Judged>> KnownAsync(
        IncomingBatch batch, string groupId, GroupPosition position, IReadOnlyList<PendingEvent> events)
    {
        var ids = events.Where(pending => pending.Rule.IsDurable)
            .Select(pending => pending.Id).Distinct().Where(id => position.Find(id.Sender, id.ClientMessageId) is null).ToList();
        return ids.Count == 0 ? NoIds : await retry.CallAsync("dynamodb", batch, token => clientIds.FindAsync(groupId, ids, token));
    }

    private OutgoingEvent Compose(PendingEvent pending, long sequence, long membershipVersion)
    {
        var incoming = pending.Incoming;
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
        pending.Rule.Compose(incoming, outgoing);
        return outgoing;
    }
}
