namespace ConnectChat.Groups.Membership;

/// <summary>How some users stand to a group, read after its META: what a change is planned from.</summary>
internal sealed class Standing
{
    /// <summary>Those who are members.</summary>
    public Dictionary<uint, MemberState> Members { get; } = [];

    /// <summary>Those who left by themselves and have not joined again since.</summary>
    public HashSet<uint> Left { get; } = [];

    /// <summary>Those who block the group, or the user who wants to add them.</summary>
    public HashSet<string> Blocking { get; } = new(StringComparer.Ordinal);

    /// <summary>Those whom the group has invited.</summary>
    public HashSet<string> Invited { get; } = new(StringComparer.Ordinal);
}
