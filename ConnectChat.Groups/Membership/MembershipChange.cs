using ConnectChat.Contracts.Groups;

namespace ConnectChat.Groups.Membership;

/// <summary>How a change ended.</summary>
internal enum ChangeOutcome
{
    /// <summary>Everyone named is, or is no longer, a member, but for those who declined.</summary>
    Done,

    /// <summary>The actor is no member, or there is no such group.</summary>
    NotAMember,

    /// <summary>The actor's role does not permit it.</summary>
    NotAllowed,

    /// <summary>The group would become too large.</summary>
    GroupFull,

    /// <summary>The group id belongs to another owner.</summary>
    GroupExists,

    /// <summary>The actor owns as many groups as one user may.</summary>
    TooManyOwned,

    /// <summary>The actor adds too many users that nobody has seen before.</summary>
    TooManyNew,
}

/// <summary>What became of a change. Version and count are those after it.</summary>
internal readonly record struct ChangeResult(
    ChangeOutcome Outcome, long Version = 0, int Changed = 0, long Count = 0, IReadOnlyCollection<string>? Declined = null);

/// <summary>One step of a change to one member: into the group, into another role, or out.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Number">Their number.</param>
/// <param name="Before">What they are in the group now; null for no member.</param>
/// <param name="Role">The role they get; null to remove them.</param>
/// <param name="Own">They do it themselves: out is for good, and in takes an invitation.</param>
internal readonly record struct MemberStep(string UserId, uint Number, MemberState? Before, Role? Role, bool Own = false)
{
    /// <summary>How the step moves the number of members.</summary>
    public int CountDelta => (Role is null ? 0 : 1) - (Before is null ? 0 : 1);
}

/// <summary>What a change is going to do.</summary>
internal sealed class ChangeSteps
{
    /// <summary>To members, moving the version.</summary>
    public List<MemberStep> Members { get; } = [];

    /// <summary>Who is invited, because they left.</summary>
    public List<string> Invited { get; } = [];

    /// <summary>Whose invitation is taken back.</summary>
    public List<string> NoLongerInvited { get; } = [];

    /// <summary>Who is not added, because they left or block; in order, so that nothing tells which.</summary>
    public SortedSet<string> Declined { get; } = new(StringComparer.Ordinal);
}
