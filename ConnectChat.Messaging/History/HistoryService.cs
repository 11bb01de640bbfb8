using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.Contracts.History;
using ConnectChat.Contracts.Records;
using ConnectChat.ServiceDefaults.Rpc;
using Grpc.Core;
using GroupsClient = ConnectChat.Contracts.Groups.Groups.GroupsClient;

namespace ConnectChat.Messaging.History;

/// <summary>Reads history for members. Errors are described in <c>history.proto</c>.</summary>
internal sealed class HistoryService(HistoryStore history, ClientIds clientIds, GroupsClient groups) : Contracts.History.History.HistoryBase
{
    // Of the largest bodies, so many stay below gRPC's default of 4 MB for one message.
    private const int ChunkSize = 32;

    /// <inheritdoc/>
    public override async Task Read(ReadHistoryRequest request, IServerStreamWriter<ReadHistoryReply> responseStream, ServerCallContext context)
    {
        Validate(request);
        var joinedVersion = await JoinedVersionAsync(request, context.CancellationToken);
        await (request.PositionCase == ReadHistoryRequest.PositionOneofCase.AfterSequence
            ? AscendAsync(request, joinedVersion, responseStream, context.CancellationToken)
            : DescendAsync(request, joinedVersion, responseStream, context.CancellationToken));
    }

    /// <inheritdoc/>
    public override async Task<FindOutcomesReply> FindOutcomes(FindOutcomesRequest request, ServerCallContext context)
    {
        var ids = request.ClientMessageIds.Distinct(StringComparer.Ordinal).ToList();
        if (ids.Count is 0 or > Limits.OutcomesPerCall || !Identifier.IsValid(request.GroupId) || !ids.Append(request.SenderId).All(Identifier.IsValid))
        {
            throw RpcErrors.Create(
                StatusCode.InvalidArgument, ErrorCodes.MalformedIdentifier, $"Identifiers are needed, 1 to {Limits.OutcomesPerCall} of messages.");
        }

        var found = await clientIds.FindAsync(request.GroupId, ids.ConvertAll(id => (request.SenderId, id)), context.CancellationToken);
        return new FindOutcomesReply { Outcomes = { found.Select(each => Outcome(each.Key.ClientMessageId, each.Value)) } };
    }

    private static EventOutcome Outcome(string clientMessageId, Judged judged) => judged.Refusal is { } code
        ? new EventOutcome { ClientMessageId = clientMessageId, Refusal = code }
        : new EventOutcome { ClientMessageId = clientMessageId, Sequence = judged.Sequence };

    private async Task AscendAsync(
        ReadHistoryRequest request, long joinedVersion, IServerStreamWriter<ReadHistoryReply> replies, CancellationToken cancellationToken)
    {
        var after = Math.Min(request.AfterSequence, long.MaxValue - 1);
        var (first, newest) = await history.FindAsync(request.GroupId, after + 1, cancellationToken);
        var next = first is null ? null : await Visibility.FirstAsync(history, request.GroupId, joinedVersion, first, cancellationToken);
        var budget = new PageBudget(request.Limit, request.MaxBytes);
        var any = false;
        while (next is { } from && !budget.IsSpent)
        {
            // One more than is sent tells whether something lies beyond.
            var size = Math.Min(budget.Messages, ChunkSize);
            var page = await history.ReadAsync(request.GroupId, from, long.MaxValue, descending: false, size + 1, cancellationToken);
            var sent = budget.Take(page, size);
            if (page.Count == 0 || (page.Count == sent.Count && !await ExistsAsync(request.GroupId, sent[^1].Sequence + 1, cancellationToken)))
            {
                next = null;
            }
            else if (sent.Count > 0)
            {
                next = sent[^1].Sequence + 1;
            }

            sent = await StillVisibleAsync(request, sent, cancellationToken);
            await replies.WriteAsync(Reply(sent, last: next is null || budget.IsSpent, end: next is null), cancellationToken);
            any = true;
        }

        if (!any)
        {
            var nothing = Reply([], last: true, end: true);
            if (first is null && newest < after)
            {
                nothing.NewestSequence = newest;
            }

            await replies.WriteAsync(nothing, cancellationToken);
        }
    }

    private async Task DescendAsync(
        ReadHistoryRequest request, long joinedVersion, IServerStreamWriter<ReadHistoryReply> replies, CancellationToken cancellationToken)
    {
        if (request.BeforeSequence == 1)
        {
            // Nothing comes before the first, and DynamoDB refuses a range that ends before it starts.
            await replies.WriteAsync(Reply([], last: true, end: true), cancellationToken);
            return;
        }

        long? next = request.BeforeSequence == 0 ? long.MaxValue : request.BeforeSequence - 1;
        var budget = new PageBudget(request.Limit, request.MaxBytes);
        while (next is { } to && !budget.IsSpent)
        {
            var size = Math.Min(budget.Messages, ChunkSize);
            var page = await history.ReadAsync(request.GroupId, 1, to, descending: true, size + 1, cancellationToken);
            var visible = page.TakeWhile(message => Visibility.Sees(joinedVersion, message)).ToList();
            var sent = budget.Take(visible, size);

            // The end is reached at the first message that is hidden, or at the first of the group.
            if (visible.Count == 0 || (visible.Count == sent.Count && (page.Count > visible.Count || sent[^1].Sequence == 1)))
            {
                next = null;
            }
            else if (sent.Count > 0)
            {
                next = sent[^1].Sequence - 1;
            }

            if (next is { } beyond && budget.IsSpent && visible.Count == sent.Count
                && !(await history.GetAsync(request.GroupId, beyond, cancellationToken) is { } older && Visibility.Sees(joinedVersion, older)))
            {
                next = null;
            }

            sent = await StillVisibleAsync(request, sent, cancellationToken);
            await replies.WriteAsync(Reply(sent, last: next is null || budget.IsSpent, end: next is null), cancellationToken);
        }
    }

    // Asked after the read: whoever is a member now may see whatever was stamped by now. Asked before, a removal in between would let
    // through what was stamped after it.
    private async Task<List<OutgoingEvent>> StillVisibleAsync(ReadHistoryRequest request, List<OutgoingEvent> read, CancellationToken cancellationToken)
    {
        if (read.Count == 0)
        {
            return read;
        }

        var joinedVersion = await JoinedVersionAsync(request, cancellationToken);
        return read.FindAll(message => Visibility.Sees(joinedVersion, message));
    }

    private async Task<bool> ExistsAsync(string groupId, long sequence, CancellationToken cancellationToken) =>
        await history.GetAsync(groupId, sequence, cancellationToken) is not null;

    private static ReadHistoryReply Reply(IEnumerable<OutgoingEvent> messages, bool last, bool end) =>
        new() { Messages = { messages }, EndOfHistory = last && end };

    private async Task<long> JoinedVersionAsync(ReadHistoryRequest request, CancellationToken cancellationToken)
    {
        var member = await groups.GetMemberAsync(
            new GetMemberRequest { GroupId = request.GroupId, UserId = request.ReaderId }, cancellationToken: cancellationToken);
        return member.IsMember
            ? member.JoinedVersion
            : throw RpcErrors.Create(StatusCode.PermissionDenied, ErrorCodes.NotAMember, "The reader is no member of this group.");
    }

    private static void Validate(ReadHistoryRequest request)
    {
        if (!Identifier.IsValid(request.GroupId) || !Identifier.IsValid(request.ReaderId))
        {
            throw RpcErrors.Create(StatusCode.InvalidArgument, ErrorCodes.MalformedIdentifier, "group_id and reader_id must be identifiers.");
        }

        var position = request.PositionCase switch
        {
            ReadHistoryRequest.PositionOneofCase.AfterSequence => request.AfterSequence,
            ReadHistoryRequest.PositionOneofCase.BeforeSequence => request.BeforeSequence,
            _ => -1,
        };
        if (position < 0 || request.Limit is < 1 or > Limits.HistoryPage)
        {
            throw RpcErrors.Create(
                StatusCode.InvalidArgument,
                ErrorCodes.MalformedRequest,
                $"Give after_sequence or before_sequence, 0 or above, and a limit of 1 to {Limits.HistoryPage}.");
        }
    }
}
