using ConnectChat.Contracts.Records;

namespace ConnectChat.Messaging.History;

/// <summary>
/// What a member may see: messages stamped with the version of its joining or a later one. Versions never fall along a group's
/// sequence and sequences have no gaps, so the first such message is found in logarithmically many reads.
/// </summary>
internal static class Visibility
{
    /// <summary>Whether a member that joined at a version sees a message.</summary>
    public static bool Sees(long joinedVersion, OutgoingEvent message) => message.MembershipVersion >= joinedVersion;

    /// <summary>The first sequence, that of <paramref name="first"/> or a later one, which the member sees; null when there is none yet.</summary>
    public static async Task<long?> FirstAsync(
        HistoryStore history, string groupId, long joinedVersion, OutgoingEvent first, CancellationToken cancellationToken)
    {
        if (Sees(joinedVersion, first))
        {
            return first.Sequence;
        }

        var newest = await history.ReadAsync(groupId, first.Sequence, long.MaxValue, descending: true, limit: 1, cancellationToken);
        if (!Sees(joinedVersion, newest[0]))
        {
            return null;
        }

        var (hidden, visible) = (first.Sequence, newest[0].Sequence);
        while (visible - hidden > 1)
        {
            var middle = hidden + ((visible - hidden) / 2);
            var message = await history.GetAsync(groupId, middle, cancellationToken)
                ?? throw new InvalidOperationException($"History has a gap at sequence {middle}.");
            (hidden, visible) = Sees(joinedVersion, message) ? (hidden, middle) : (middle, visible);
        }

        return visible;
    }
}
