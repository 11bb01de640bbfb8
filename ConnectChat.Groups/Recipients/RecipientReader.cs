using ConnectChat.Groups.Membership;
using ConnectChat.Groups.Users;

namespace ConnectChat.Groups.Recipients;

/// <summary>Who gets a message of a group now. Linearizable: every change acknowledged before the call is seen.</summary>
internal sealed class RecipientReader
{
    // A group that changes faster than its members can be read: the caller's retry comes later.
    private const int Attempts = 20;
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(30);

    private readonly GroupStore _groups;
    private readonly UserDirectory _users;
    private readonly RecipientCache _cache;
    private readonly TimeProvider _clock;
    private readonly SharedReads<string, Reading> _reads;

    public RecipientReader(GroupStore groups, UserDirectory users, RecipientCache cache, TimeProvider clock)
    {
        (_groups, _users, _cache, _clock) = (groups, users, cache, clock);
        _reads = new SharedReads<string, Reading>(ReadAsync);
    }

    /// <summary>The set, and whether its members had to be read for it; no set when there is no group.</summary>
    public Task<Reading> ReadAsync(string groupId, CancellationToken cancellationToken) => _reads.ReadAsync(groupId, cancellationToken);

    /// <summary>Whether a user is in a set that was read before: one who has no number by now was in no group then.</summary>
    public async ValueTask<bool> ContainsAsync(MemberSet set, string userId, CancellationToken cancellationToken) =>
        await _users.FindAsync(userId, cancellationToken) is { } number && set.Contains(number);

    /// <summary>Those of some users who are in a set that was read before.</summary>
    public async Task<IEnumerable<string>> ThoseInAsync(MemberSet set, IReadOnlyCollection<string> userIds, CancellationToken cancellationToken) =>
        userIds.Count == 0
        ? []
        : (await _users.FindAsync(userIds, cancellationToken)).Where(user => set.Contains(user.Value)).Select(user => user.Key);

    private async Task<Reading> ReadAsync(string groupId)
    {
        using var timeout = new CancellationTokenSource(ReadTimeout, _clock);
        var group = await _groups.FindAsync(groupId, timeout.Token);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (group is null)
            {
                return default;
            }

            // A set newer than the META just read is as good: a change on this instance has moved it on since.
            if (_cache.Find(groupId) is { } known && known.Version >= group.Version)
            {
                return new Reading(known, FromStore: attempt > 0);
            }

            // The members of one version: the same META before the first page and after the last.
            var numbers = await _groups.ReadNumbersAsync(groupId, (int)group.Count, timeout.Token);
            var after = await _groups.FindAsync(groupId, timeout.Token);
            if (after?.Version == group.Version)
            {
                var set = new MemberSet(group.Version, numbers);
                _cache.Keep(groupId, set);
                return new Reading(set, FromStore: true);
            }

            group = after;
        }

        throw new TimeoutException($"A group changed {Attempts} times while its members were read.");
    }

    /// <summary>A set and where it came from.</summary>
    internal readonly record struct Reading(MemberSet? Set, bool FromStore);
}
