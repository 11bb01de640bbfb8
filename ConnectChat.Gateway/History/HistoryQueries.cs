using ConnectChat.Contracts;
using ConnectChat.Contracts.History;
using ConnectChat.Contracts.Hub;
using ConnectChat.Contracts.Records;
using ConnectChat.Gateway.Deliveries;
using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.RateLimits;
using Grpc.Core;

namespace ConnectChat.Gateway.History;

/// <summary>History as a page, for the hub and for REST.</summary>
internal sealed class HistoryQueries(HistoryReader reader, UserRateLimits limits)
{
    /// <summary>A page ends early at this many bytes: 500 messages of the largest would be 32 MB.</summary>
    private const int MostBytes = 1 << 20;

    /// <exception cref="RequestException">Refused.</exception>
    public async Task<HistoryPage> ReadAsync(string userId, string? groupId, long? after, long? before, int limit, CancellationToken cancellationToken)
    {
        if (!Identifier.IsValid(groupId))
        {
            throw new RequestException(ErrorCodes.MalformedIdentifier, "The group id is malformed.");
        }

        if (after is null == before is null || after < 0 || before < 0 || limit is < 1 or > Limits.HistoryPage)
        {
            throw new RequestException(
                ErrorCodes.MalformedRequest, $"Exactly one of after and before, not negative, and a limit of 1 to {Limits.HistoryPage}.");
        }

        if (!limits.TryRead(userId))
        {
            throw new RequestException(ErrorCodes.RateLimited, "Too many reads; pause before the next.");
        }

        var request = new ReadHistoryRequest { GroupId = groupId, ReaderId = userId, Limit = limit, MaxBytes = MostBytes };
        if (after is { } lower)
        {
            request.AfterSequence = lower;
        }
        else
        {
            request.BeforeSequence = before!.Value;
        }

        try
        {
            var read = await reader.ReadAsync(request, cancellationToken);
            return Page(read.Messages, read.EndOfHistory, after);
        }
        catch (RpcException exception)
        {
            throw new RequestException(Refusal.From(exception));
        }
    }

    private static HistoryPage Page(List<OutgoingEvent> messages, bool end, long? after)
    {
        var page = new List<ChatMessage>(messages.Count);
        var previous = after;
        foreach (var message in messages.Where(message => message.EventCase == OutgoingEvent.EventOneofCase.Body))
        {
            page.Add(ChatMessages.From(message, previous ?? message.Sequence - 1));
            previous = after is null ? null : message.Sequence;
        }

        return new HistoryPage { Messages = page, EndOfHistory = end };
    }
}
