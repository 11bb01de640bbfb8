namespace ConnectChat.Groups.Membership;

/// <summary>Told of changes that this instance made, right after the store took each and before its caller hears of it.</summary>
internal interface IMembershipListener
{
    /// <summary>A group moved on by one version.</summary>
    /// <param name="groupId">Which group.</param>
    /// <param name="from">The version before.</param>
    /// <param name="steps">What changed.</param>
    void Changed(string groupId, long from, ReadOnlySpan<MemberStep> steps);
}
