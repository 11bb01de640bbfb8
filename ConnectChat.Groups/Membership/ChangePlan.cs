using ConnectChat.Contracts.Groups;

namespace ConnectChat.Groups.Membership;

/// <summary>The rules of who may change what, without the store.</summary>
internal static class ChangePlan
{
    /// <summary>
    /// Adding: the owner and administrators may; only the owner makes administrators or gives a member another role. With
    /// <paramref name="role"/> unspecified, members keep the role that they have. The owner stays owner whatever is asked.
    /// </summary>
    public static ChangeOutcome Add(
        Role actor, Role role, IReadOnlyDictionary<string, uint> users, IReadOnlyDictionary<uint, MemberState> members, List<MemberStep> steps)
    {
        if (actor is not (Role.Owner or Role.Administrator) || (role == Role.Administrator && actor != Role.Owner))
        {
            return ChangeOutcome.NotAllowed;
        }

        foreach (var (userId, number) in users)
        {
            if (!members.TryGetValue(number, out var member))
            {
                steps.Add(new MemberStep(userId, number, null, role == Role.Unspecified ? Role.Member : role));
            }
            else if (role != Role.Unspecified && member.Role != role && member.Role != Role.Owner)
            {
                if (actor != Role.Owner)
                {
                    return ChangeOutcome.NotAllowed;
                }

                steps.Add(new MemberStep(userId, number, member, role));
            }
        }

        return ChangeOutcome.Done;
    }

    /// <summary>Removing: the owner and administrators may remove anyone but the owner, a member only itself.</summary>
    public static ChangeOutcome Remove(
        MemberState actor, IReadOnlyDictionary<string, uint> users, IReadOnlyDictionary<uint, MemberState> members, List<MemberStep> steps)
    {
        foreach (var (userId, number) in users)
        {
            if (members.TryGetValue(number, out var member))
            {
                if (member.Role == Role.Owner)
                {
                    return ChangeOutcome.NotAllowed;
                }

                steps.Add(new MemberStep(userId, number, member, null));
            }
        }

        return ChangeOutcome.Done;
    }
}
