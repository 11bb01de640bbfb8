using ConnectChat.Contracts.Groups;

namespace ConnectChat.Tests.Infrastructure.Fakes;

/// <summary>A group at one version of its membership.</summary>
internal sealed record FakeGroup(long Version, IReadOnlyDictionary<string, FakeMember> Members)
{
    public static FakeGroup Of(Role role, params IEnumerable<string> users) => new FakeGroup(0, new Dictionary<string, FakeMember>()).With(role, users);

    public FakeGroup With(Role role, params IEnumerable<string> users) => new(
        Version + 1,
        Members.Concat(users.Except(Members.Keys).Select(user => KeyValuePair.Create(user, new FakeMember(role, Version + 1)))).ToDictionary());

    public FakeGroup Without(IEnumerable<string> users) => new(Version + 1, Members.ExceptBy(users, member => member.Key).ToDictionary());
}

/// <summary>A member, and the version of the membership that made it one.</summary>
internal sealed record FakeMember(Role Role, long JoinedVersion);
