using ConnectChat.Contracts;
using ConnectChat.Contracts.History;
using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.RateLimits;
using Grpc.Core;
using HistoryClient = ConnectChat.Contracts.History.History.HistoryClient;

namespace ConnectChat.Gateway.History;

/// <summary>
/// What became of the caller's own accepted sends, for the hub and for REST. A rejection is told once, to whoever is connected then; this
/// is how it is learned later, or on another device.
/// </summary>
internal sealed class OutcomeQueries(HistoryClient history, UserRateLimits limits)
{
    /// <summary>One outcome per id, in the order asked.</summary>
    /// <exception cref="RequestException">Refused.</exception>
    public async Task<SendOutcome[]> FindAsync(
        string userId, string? groupId, IReadOnlyList<string?>? clientMessageIds, CancellationToken cancellationToken)
    {
        if (!limits.TryRead(userId))
        {
            throw new RequestException(ErrorCodes.RateLimited, "Too many reads; pause before the next.");
        }

        if (clientMessageIds is null or { Count: 0 or > Limits.OutcomesPerCall })
        {
            throw new RequestException(ErrorCodes.MalformedRequest, $"1 to {Limits.OutcomesPerCall} client message ids are needed.");
        }

        if (!Identifier.IsValid(groupId) || !clientMessageIds.All(Identifier.IsValid))
        {
            throw new RequestException(ErrorCodes.MalformedIdentifier, "The group id or a client message id is malformed.");
        }

        try
        {
            var request = new FindOutcomesRequest { GroupId = groupId, SenderId = userId, ClientMessageIds = { clientMessageIds } };
            var reply = await history.FindOutcomesAsync(request, cancellationToken: cancellationToken);
            var decided = reply.Outcomes.ToDictionary(outcome => outcome.ClientMessageId, StringComparer.Ordinal);
            return [.. clientMessageIds.Select(id => View(id!, decided.GetValueOrDefault(id!)))];
        }
        catch (RpcException exception)
        {
            throw new RequestException(Refusal.From(exception));
        }
    }

    private static SendOutcome View(string clientMessageId, EventOutcome? decided) => decided?.OutcomeCase switch
    {
        EventOutcome.OutcomeOneofCase.Sequence => new()
        {
            ClientMessageId = clientMessageId,
            Outcome = SendOutcomes.Delivered,
            Sequence = decided.Sequence,
        },
        EventOutcome.OutcomeOneofCase.Refusal => new() { ClientMessageId = clientMessageId, Outcome = SendOutcomes.Rejected, Code = decided.Refusal },
        _ => new() { ClientMessageId = clientMessageId, Outcome = SendOutcomes.Unknown },
    };
}
