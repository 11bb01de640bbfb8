using ConnectChat.Contracts.Groups;

namespace ConnectChat.Groups.Membership;

/// <summary>The rules of who may change what, without the store.</summary>
internal static class ChangePlan
{
    /// <summary>
    /// Adding: the owner and administrators may; only the owner makes administrators or gives a member another role. With
    /// <paramref name="role"/> unspecified, members keep the role that they have. The owner stays owner whatever is asked. Who left or
    /// blocks is not added; who left and does not block is invited.
    /// </summary>
    public static ChangeOutcome Add(MemberState? actor, Role role, IReadOnlyDictionary<string, uint> users, Standing standing, ChangeSteps steps)
    {
        if (actor is null)
        {
            return ChangeOutcome.NotAMember;
        }

        if (actor.Role is not (Role.Owner or Role.Administrator) || (role == Role.Administrator && actor.Role != Role.Owner))
        {
            return ChangeOutcome.NotAllowed;
        }

        foreach (var (userId, number) in users)
        {
            if (standing.Members.TryGetValue(number, out var member))
            {
                if (role != Role.Unspecified && member.Role != role && member.Role != Role.Owner)
                {
                    if (actor.Role != Role.Owner)
                    {
                        return ChangeOutcome.NotAllowed;
                    }

                    steps.Members.Add(new MemberStep(userId, number, member, role));
                }
            }
            else if (standing.Blocking.Contains(userId))
            {
                steps.Declined.Add(userId);
            }
            else if (standing.Left.Contains(number))
            {
                steps.Declined.Add(userId);
                steps.Invited.Add(userId);
            }
            else
            {
                steps.Members.Add(new MemberStep(userId, number, null, role == Role.Unspecified ? Role.Member : role));
            }
        }

        return ChangeOutcome.Done;
    }

    /// <summary>
    /// Removing: the owner and administrators may remove anyone but the owner, a member only itself. Who is no member but invited is
    /// invited no longer.
    /// </summary>
    public static ChangeOutcome Remove(MemberState? actor, IReadOnlyDictionary<string, uint> users, Standing standing, ChangeSteps steps)
    {
        if (actor is null)
        {
            return ChangeOutcome.NotAMember;
        }

        foreach (var (userId, number) in users)
        {
            if (standing.Members.TryGetValue(number, out var member))
            {
                if (member.Role == Role.Owner)
                {
                    return ChangeOutcome.NotAllowed;
                }

                steps.Members.Add(new MemberStep(userId, number, member, null, Own: number == actor.Number));
            }
            else if (standing.Invited.Contains(userId))
            {
                steps.NoLongerInvited.Add(userId);
            }
        }

        return ChangeOutcome.Done;
    }

    /// <summary>Joining: whoever is invited may. Who is a member stays one.</summary>
    public static ChangeOutcome Join(string userId, uint number, Standing standing, ChangeSteps steps)
    {
        if (standing.Members.ContainsKey(number))
        {
            return ChangeOutcome.Done;
        }

        if (!standing.Invited.Contains(userId))
        {
            return ChangeOutcome.NotAMember;
        }

        steps.Members.Add(new MemberStep(userId, number, null, Role.Member, Own: true));
        return ChangeOutcome.Done;
    }
}
