using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway.RateLimits;

/// <summary>Token buckets per user, over all its devices on this gateway. Buckets of users who pause for ten seconds are dropped, so that
/// their number stays that of the active users.</summary>
internal sealed class UserRateLimits(IOptions<RateLimitOptions> options) : IDisposable
{
    // More than a user's resumes can have in work.
    private const int WaitingReplays = 10_000;

    private readonly PartitionedRateLimiter<string> _sends = Buckets(options.Value.SendsPerSecond, options.Value.SendBurst);
    private readonly PartitionedRateLimiter<string> _reads = Buckets(options.Value.ReadsPerSecond, options.Value.ReadBurst);
    private readonly PartitionedRateLimiter<string> _replays = Buckets(options.Value.ReplaysPerSecond, options.Value.ReplayBurst, WaitingReplays);
    private readonly PartitionedRateLimiter<string> _connects = Buckets(options.Value.ConnectsPerSecond, options.Value.ConnectBurst);
    private readonly PartitionedRateLimiter<string> _requests = Concurrency(options.Value.ConcurrentRequests);
    private readonly PartitionedRateLimiter<string> _resumes = Concurrency(options.Value.ConcurrentResumes);

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

    /// <inheritdoc/>
    public void Dispose()
    {
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

    private static PartitionedRateLimiter<string> Concurrency(int atOnce) => PartitionedRateLimiter.Create<string, string>(user =>
        RateLimitPartition.GetConcurrencyLimiter(user, _ => new ConcurrencyLimiterOptions { PermitLimit = atOnce }));

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
