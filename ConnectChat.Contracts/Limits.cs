namespace ConnectChat.Contracts;

/// <summary>The sizes and counts that every service and client agrees on.</summary>
public static class Limits
{
    /// <summary>Largest message body, UTF-8 bytes. The smallest is 1.</summary>
    public const int BodyBytes = 64 * 1024;

    /// <summary>Longest group, user or client message id, characters (see <see cref="Identifier"/>).</summary>
    public const int IdentifierLength = 64;

    /// <summary>Longest group name, Unicode scalar values (see <see cref="GroupName"/>).</summary>
    public const int GroupNameLength = 128;

    /// <summary>Most members of one group: with the largest body, their recipient set still fits one record below Kafka's default 1 MB.</summary>
    public const int GroupMembers = 100_000;

    /// <summary>Most users in one AddMembers or RemoveMembers call.</summary>
    public const int MembersPerChange = 1_000;

    /// <summary>Most users in one ResolveUsers or DescribeUsers call.</summary>
    public const int UsersPerLookup = 1_000;

    /// <summary>Most rows on one page of members or groups.</summary>
    public const int PageSize = 1_000;

    /// <summary>Most messages in one read of history.</summary>
    public const int HistoryPage = 500;

    /// <summary>Most client message ids in one GetOutcomes call.</summary>
    public const int OutcomesPerCall = 100;

    /// <summary>Most groups in one Resume call.</summary>
    public const int GroupsPerResume = 1_000;
}
