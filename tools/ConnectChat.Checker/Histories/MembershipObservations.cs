namespace ConnectChat.Checker.Histories;

/// <summary>The number that recipient sets name a user by.</summary>
internal sealed record UserNumbered(long At, string User, uint Number) : Observation(At);

/// <summary>A group was created, with its owner as only member.</summary>
internal sealed record GroupCreated(long At, string Group, string User, long Version) : Observation(At);

/// <summary>A change of members is asked for. The changes of one group are made one after the other.</summary>
internal sealed record MembershipAsked(long At, string Group, bool Adds, IReadOnlyList<string> Users) : Observation(At);

/// <summary>A change of members was acknowledged: it is in force from this version on.</summary>
internal sealed record MembershipAnswered(long At, long AskedAt, string Group, bool Adds, IReadOnlyList<string> Users, long Version) : Observation(At);
