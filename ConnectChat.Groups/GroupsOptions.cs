using System.ComponentModel.DataAnnotations;
using ConnectChat.Contracts;

namespace ConnectChat.Groups;

/// <summary>Configuration section <c>Groups</c>.</summary>
public sealed class GroupsOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Groups";

    /// <summary>How many user numbers an instance takes from the counter at once; a restart loses what is left of them. 1 to 100,000, default 1,000.</summary>
    [Range(1, 100_000)]
    public int UserNumberBlock { get; set; } = 1_000;

    /// <summary>Most members of one group. 1 to <see cref="Limits.GroupMembers"/>, which is the default.</summary>
    [Range(1, Limits.GroupMembers)]
    public int GroupMembers { get; set; } = Limits.GroupMembers;

    /// <summary>Groups that one user owns; another is not created. 1 to 1,000,000, default 1,000. Counted a moment late.</summary>
    [Range(1, 1_000_000)]
    public int GroupsOwned { get; set; } = 1_000;

    /// <summary>
    /// User ids never seen before that one user may add to groups within an hour, per instance: each is given a number for ever. 1,000 to
    /// 100,000,000, default 100,000: the largest group.
    /// </summary>
    [Range(Limits.MembersPerChange, 100_000_000)]
    public int NewUsersPerHour { get; set; } = 100_000;

    /// <summary>Users and groups together that one user blocks. 1 to 100,000, default 1,000.</summary>
    [Range(1, 100_000)]
    public int BlocksPerUser { get; set; } = 1_000;

    /// <summary>
    /// The id of a table that was restored from a backup and may be used; a service that finds one says its id and what to do. Up to 100
    /// letters, digits and hyphens; not set by default.
    /// </summary>
    [RegularExpression(@"\A[A-Za-z0-9-]{0,100}\z")]
    public string RestoredTable { get; set; } = "";

    /// <summary>Memory for recipient sets, MiB. 1 to 65,536, default 256: about 40,000 groups of 1,000 members.</summary>
    [Range(1, 65_536)]
    public int CachedSetsMiB { get; set; } = 256;

    /// <summary>How many user ids are remembered with their numbers. 16 to 10,000,000, default 200,000: about 40 MB.</summary>
    [Range(16, 10_000_000)]
    public int CachedUsers { get; set; } = 200_000;
}
