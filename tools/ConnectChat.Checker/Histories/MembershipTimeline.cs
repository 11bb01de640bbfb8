namespace ConnectChat.Checker.Histories;

/// <summary>
/// One stay of a user in a group: versions from <see cref="Joined"/> on and below <see cref="Left"/>, and when each was asked and acknowledged.
/// </summary>
internal sealed class Membership(long joined, long joinAskedAt, long joinedAt)
{
    /// <summary>The first version with the user.</summary>
    public long Joined => joined;

    public long JoinAskedAt => joinAskedAt;

    public long JoinedAt => joinedAt;

    /// <summary>The first version without the user.</summary>
    public long Left { get; private set; } = long.MaxValue;

    public long LeaveAskedAt { get; private set; } = long.MaxValue;

    public long LeftAt { get; private set; } = long.MaxValue;

    /// <summary>Whether it never ended.</summary>
    public bool IsCurrent => LeaveAskedAt == long.MaxValue;

    public bool Contains(long version) => version >= Joined && version < Left;

    public void Asked(long at) => LeaveAskedAt = at;

    public void Ends(long version, long at) => (Left, LeftAt) = (version, at);
}

/// <summary>Who was a member of which group at which version: exact, because the changes of a group are made one after the other and acknowledged.</summary>
internal sealed class MembershipTimeline
{
    private readonly Dictionary<(string Group, string User), List<Membership>> _stays = [];
    private readonly Dictionary<string, List<(long Version, long At)>> _changes = [];
    private readonly Dictionary<string, HashSet<string>> _users = [];
    private readonly Dictionary<(string Group, long Version), HashSet<string>> _members = [];
    private readonly Dictionary<string, MembershipAsked> _open = [];

    public MembershipTimeline(IEnumerable<Observation> observations)
    {
        foreach (var observation in observations)
        {
            switch (observation)
            {
                case GroupCreated created:
                    Join(created.Group, created.User, created.Version, created.At, created.At);
                    _changes[created.Group] = [(created.Version, created.At)];
                    break;
                case MembershipAsked asked:
                    _open[asked.Group] = asked;
                    Ask(asked);
                    break;
                case MembershipAnswered answered:
                    _open.Remove(answered.Group);
                    Apply(answered);
                    break;
            }
        }
    }

    /// <summary>All groups.</summary>
    public IEnumerable<string> Groups => _changes.Keys;

    /// <summary>The stays of a user in a group, in their order.</summary>
    public IReadOnlyList<Membership> Of(string group, string user) => _stays.GetValueOrDefault((group, user)) ?? [];

    /// <summary>The stay that a version belongs to; null when the user was no member at it.</summary>
    public Membership? At(string group, string user, long version) => Of(group, user).FirstOrDefault(stay => stay.Contains(version));

    /// <summary>Whether it is known who was a member at a version: a change that was never answered leaves open what came after it.</summary>
    public bool IsKnown(string group, long version) => _changes.ContainsKey(group) && (!_open.ContainsKey(group) || version <= _changes[group][^1].Version);

    /// <summary>Everyone who was a member at a version.</summary>
    public IReadOnlySet<string> MembersAt(string group, long version)
    {
        if (!_members.TryGetValue((group, version), out var members))
        {
            _members[(group, version)] = members = [.. UsersOf(group).Where(user => At(group, user, version) is not null)];
        }

        return members;
    }

    /// <summary>Everyone who ever was a member.</summary>
    public IReadOnlyCollection<string> UsersOf(string group) => _users.GetValueOrDefault(group) ?? [];

    /// <summary>The version that was in force for certain at a time: the last one acknowledged before it.</summary>
    public long AcknowledgedAt(string group, long at) =>
        _changes.TryGetValue(group, out var changes) ? changes.LastOrDefault(change => change.At < at).Version : 0;

    private void Ask(MembershipAsked asked)
    {
        if (asked.Adds)
        {
            return;
        }

        foreach (var user in asked.Users)
        {
            if (Of(asked.Group, user) is [.., { IsCurrent: true } current])
            {
                current.Asked(asked.At);
            }
        }
    }

    private void Apply(MembershipAnswered answered)
    {
        foreach (var user in answered.Users)
        {
            var last = Of(answered.Group, user) is [.., var stay] ? stay : null;
            if (answered.Adds && last is not { Left: long.MaxValue })
            {
                Join(answered.Group, user, answered.Version, answered.AskedAt, answered.At);
            }
            else if (!answered.Adds && last is { Left: long.MaxValue })
            {
                last.Ends(answered.Version, answered.At);
            }
        }

        if (_changes.TryGetValue(answered.Group, out var changes))
        {
            changes.Add((answered.Version, answered.At));
        }
    }

    private void Join(string group, string user, long version, long askedAt, long at)
    {
        if (!_stays.TryGetValue((group, user), out var stays))
        {
            _stays[(group, user)] = stays = [];
        }

        stays.Add(new Membership(version, askedAt, at));
        if (!_users.TryGetValue(group, out var users))
        {
            _users[group] = users = [];
        }

        users.Add(user);
    }
}
