using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Connections;
using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.RateLimits;

namespace ConnectChat.Gateway.History;

/// <summary>Resume: validates the call, and replays its groups a few at a time.</summary>
internal sealed class Resuming(Replay replay, UserRateLimits limits)
{
    private const int GroupsAtOnce = 8;

    /// <summary>One result per group, in the order asked; all replayed messages leave before this answer.</summary>
    /// <exception cref="RequestException">The call as a whole is refused.</exception>
    public async Task<IReadOnlyList<ResumeResult>> ResumeAsync(
        ChatConnection connection, IReadOnlyList<ResumePosition> positions, CancellationToken cancellationToken)
    {
        if (Validate(positions) is { } refusal)
        {
            throw refusal;
        }

        using var place = limits.EnterResume(connection.UserId);
        if (!place.IsAcquired || !limits.TryRead(connection.UserId))
        {
            throw new RequestException(ErrorCodes.RateLimited, "Too many resumes; pause before the next.");
        }

        var results = new ResumeResult[positions.Count];

        // Histories are begun side by side, but the messages of one group at a time are queued: the room that one saw must still be there for it.
        using var turn = new SemaphoreSlim(1);
        await Parallel.ForAsync(
            0,
            positions.Count,
            new ParallelOptions { MaxDegreeOfParallelism = GroupsAtOnce, CancellationToken = cancellationToken },
            async (index, token) => results[index] = await replay.RunAsync(connection, positions[index], turn, token));
        await connection.SendQueue.FlushAsync(cancellationToken);
        return results;
    }

    private static RequestException? Validate(IReadOnlyList<ResumePosition>? positions)
    {
        if (positions is null || positions.Any(position => position is null || position.LastSequence < 0))
        {
            return new RequestException(ErrorCodes.MalformedRequest, "A list of positions is needed, with sequences from 0.");
        }

        if (positions.Count > Limits.GroupsPerResume)
        {
            return new RequestException(ErrorCodes.TooManyGroups, $"At most {Limits.GroupsPerResume} groups in one call; split it.");
        }

        if (positions.Any(position => !Identifier.IsValid(position.GroupId)))
        {
            return new RequestException(ErrorCodes.MalformedIdentifier, "A group id is malformed.");
        }

        return positions.DistinctBy(position => position.GroupId, StringComparer.Ordinal).Count() == positions.Count
            ? null
            : new RequestException(ErrorCodes.MalformedRequest, "A group may stand in the list once.");
    }
}
