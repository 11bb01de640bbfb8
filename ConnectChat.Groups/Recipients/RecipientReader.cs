using ConnectChat.Groups.Membership;
using ConnectChat.Groups.Users;
using Polly;
using Polly.Retry;

namespace ConnectChat.Groups.Recipients;

/// <summary>Who gets a message of a group now. Linearizable: every change acknowledged before the call is seen.</summary>
internal sealed class RecipientReader
{
    // Some four seconds of a group that changes faster than its members can be read, or of a change that takes long to be written.
    private const int Repetitions = 20;
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(30);

    private readonly GroupStore _groups;
    private readonly UserDirectory _users;
    private readonly RecipientCache _cache;
    private readonly Recount _recount;
    private readonly TimeProvider _clock;
    private readonly SharedReads<string, Reading> _reads;
    private readonly ResiliencePipeline<Attempt> _untilOneVersion;

    public RecipientReader(GroupStore groups, UserDirectory users, RecipientCache cache, Recount recount, TimeProvider clock)
    {
        (_groups, _users, _cache, _recount, _clock) = (groups, users, cache, recount, clock);
        _reads = new SharedReads<string, Reading>(ReadAsync);
        _untilOneVersion = new ResiliencePipelineBuilder<Attempt> { TimeProvider = clock }
            .AddRetry(new RetryStrategyOptions<Attempt>
            {
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome is { Exception: null, Result.Reading: null }),
                MaxRetryAttempts = Repetitions,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromMilliseconds(5),
                MaxDelay = TimeSpan.FromMilliseconds(250),
                UseJitter = true,
            })
            .Build();
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
        var attempt = await TryReadAsync(groupId, timeout.Token);
        if (attempt.Reading is null)
        {
            attempt = await _untilOneVersion.ExecuteAsync(
                static async (state, token) => await state.Reader.TryReadAsync(state.GroupId, token), (Reader: this, GroupId: groupId), timeout.Token);
        }

        // No transaction takes that long: META itself is wrong, as backups are not taken of all items at the same moment.
        if (attempt is { Disagreeing: { } group } && await _recount.TryAsync(group, attempt.Members, timeout.Token))
        {
            attempt = await TryReadAsync(groupId, timeout.Token);
        }

        return attempt.Reading ?? throw new TimeoutException($"A group changed {Repetitions} times while its members were read.");
    }

    // Members of one version: the same META before the first page and after the last, and as many of them as it says. Of the one change that
    // may be half written, pages may show what META does not show yet; it only adds or only removes, so the count tells.
    private async Task<Attempt> TryReadAsync(string groupId, CancellationToken cancellationToken)
    {
        if (await _groups.FindAsync(groupId, cancellationToken) is not { } group)
        {
            return new Attempt(default(Reading));
        }

        // A set newer than the META just read is as good: a change on this instance has moved it on since.
        if (_cache.Find(groupId) is { } known && known.Version >= group.Version)
        {
            return new Attempt(new Reading(known, FromStore: false));
        }

        var numbers = await _groups.ReadNumbersAsync(groupId, (int)group.Count, cancellationToken);
        if (numbers.Length != group.Count || (await _groups.FindAsync(groupId, cancellationToken))?.Version != group.Version)
        {
            return new Attempt(null, numbers.Length == group.Count ? null : group, numbers.Length);
        }

        var set = new MemberSet(group.Version, numbers);
        _cache.Keep(groupId, set);
        return new Attempt(new Reading(set, FromStore: true));
    }

    /// <summary>A set and where it came from.</summary>
    internal readonly record struct Reading(MemberSet? Set, bool FromStore);

    // No reading: what was read belongs to no version.
    private readonly record struct Attempt(Reading? Reading, GroupState? Disagreeing = null, int Members = 0);
}
