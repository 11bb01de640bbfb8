using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway.RateLimits;

/// <summary>Token buckets per user, over all its devices on this gateway. Buckets of users who pause for ten seconds are dropped, so that
/// their number stays that of the active users.</summary>
internal sealed class UserRateLimits : IDisposable
{
    // More than a user's resumes can have in work.
    private const int WaitingReplays = 10_000;

    // All that one user's connections and requests can ask for at the same time, with room to spare; and so for all users together.
    private const int WaitingReadsPerUser = 256;
    private const int WaitingReads = 20_000;

    private readonly PartitionedRateLimiter<string> _sends;
    private readonly PartitionedRateLimiter<string> _reads;
    private readonly PartitionedRateLimiter<string> _replays;
    private readonly PartitionedRateLimiter<string> _connects;
    private readonly PartitionedRateLimiter<string> _requests;
    private readonly PartitionedRateLimiter<string> _resumes;
    private readonly PartitionedRateLimiter<string> _historyReadsOfUser;
    private readonly PartitionedRateLimiter<string> _historyReadsOfAll;
    private readonly PartitionedRateLimiter<string> _historyReads;

    public UserRateLimits(IOptions<RateLimitOptions> options)
    {
        var limits = options.Value;
        _sends = Buckets(limits.SendsPerSecond, limits.SendBurst);
        _reads = Buckets(limits.ReadsPerSecond, limits.ReadBurst);
        _replays = Buckets(limits.ReplaysPerSecond, limits.ReplayBurst, WaitingReplays);
        _connects = Buckets(limits.ConnectsPerSecond, limits.ConnectBurst);
        _requests = Concurrency(limits.ConcurrentRequests);
        _resumes = Concurrency(limits.ConcurrentResumes);

        // In one queue per user before the common one, so that one user's reads do not hold up everybody else's.
        _historyReadsOfUser = Concurrency(limits.ConcurrentHistoryReadsPerUser, WaitingReadsPerUser);
        _historyReadsOfAll = Concurrency(limits.ConcurrentHistoryReads, WaitingReads, partition: static _ => "");
        _historyReads = PartitionedRateLimiter.CreateChained(_historyReadsOfUser, _historyReadsOfAll);
    }

    /// <summary>False: one message too many.</summary>
    public bool TrySend(string userId) => TryAcquire(_sends, userId);

    /// <summary>False: one read (history, resume, REST) too many.</summary>
    public bool TryRead(string userId) => TryAcquire(_reads, userId);

    /// <summary>Waits until the user may have one more page of a group replayed.</summary>
    public async ValueTask PaceReplayAsync(string userId, CancellationToken cancellationToken) =>
        (await _replays.AcquireAsync(userId, cancellationToken: cancellationToken)).Dispose();

    /// <summary>False: one attempt to connect too many.</summary>
    public bool TryConnect(string userId) => TryAcquire(_connects, userId);

    /// <summary>A place among the user's REST requests, to be disposed afterwards; check whether it was acquired.</summary>
    public RateLimitLease EnterRequest(string userId) => _requests.AttemptAcquire(userId);

    /// <summary>A place among the user's resumes, to be disposed afterwards; check whether it was acquired.</summary>
    public RateLimitLease EnterResume(string userId) => _resumes.AttemptAcquire(userId);

    /// <summary>
    /// Waits for a place among the pages of history that are read at the same time, for pages and for replays, to be disposed after the read:
    /// each holds up to a megabyte. Check whether it was acquired: too many may wait already.
    /// </summary>
    public ValueTask<RateLimitLease> EnterHistoryReadAsync(string userId, CancellationToken cancellationToken) =>
        _historyReads.AcquireAsync(userId, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _historyReads.Dispose();
        _historyReadsOfAll.Dispose();
        _historyReadsOfUser.Dispose();
        _sends.Dispose();
        _reads.Dispose();
        _replays.Dispose();
        _connects.Dispose();
        _requests.Dispose();
        _resumes.Dispose();
    }

    private static bool TryAcquire(PartitionedRateLimiter<string> buckets, string userId)
    {
        using var lease = buckets.AttemptAcquire(userId);
        return lease.IsAcquired;
    }

    private static PartitionedRateLimiter<string> Concurrency(int atOnce, int waiting = 0, Func<string, string>? partition = null) =>
        PartitionedRateLimiter.Create<string, string>(user => RateLimitPartition.GetConcurrencyLimiter(
            partition?.Invoke(user) ?? user, _ => new ConcurrencyLimiterOptions { PermitLimit = atOnce, QueueLimit = waiting }));

    private static PartitionedRateLimiter<string> Buckets(int perSecond, int burst, int waiting = 0)
    {
        // Ten refills a second, or one per token where that would be less than a token.
        var tokens = Math.Max(1, perSecond / 10);
        return PartitionedRateLimiter.Create<string, string>(user => RateLimitPartition.GetTokenBucketLimiter(user, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst,
            QueueLimit = waiting,
            TokensPerPeriod = tokens,
            ReplenishmentPeriod = TimeSpan.FromSeconds((double)tokens / perSecond),
        }));
    }
}
