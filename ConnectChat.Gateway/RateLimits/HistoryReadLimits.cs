using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway.RateLimits;

/// <summary>
/// How many pages of history are read at the same time, for pages and for replays: each holds up to a megabyte. Reads above the bound wait
/// in one queue per user, so that one user's reads do not hold up everybody else's.
/// </summary>
internal sealed class HistoryReadLimits(IOptions<RateLimitOptions> options) : IDisposable
{
    // All that one user's connections and requests can ask for at the same time, with room to spare.
    private const int WaitingPerUser = 256;
    private const int Waiting = 20_000;

    private readonly ConcurrencyLimiter _gateway = new(Bound(options.Value.ConcurrentHistoryReads, Waiting));
    private readonly PartitionedRateLimiter<string> _users = PartitionedRateLimiter.Create<string, string>(user =>
        RateLimitPartition.GetConcurrencyLimiter(user, _ => Bound(options.Value.ConcurrentHistoryReadsPerUser, WaitingPerUser)));

    /// <summary>Waits for a place, to be disposed after the read; check whether it was acquired: too many may wait already.</summary>
    public async ValueTask<HistoryRead> EnterAsync(string userId, CancellationToken cancellationToken)
    {
        var user = await _users.AcquireAsync(userId, cancellationToken: cancellationToken);
        try
        {
            return new HistoryRead(user, user.IsAcquired ? await _gateway.AcquireAsync(cancellationToken: cancellationToken) : null);
        }
        catch
        {
            user.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _gateway.Dispose();
        _users.Dispose();
    }

    private static ConcurrencyLimiterOptions Bound(int atOnce, int waiting) =>
        new() { PermitLimit = atOnce, QueueLimit = waiting, QueueProcessingOrder = QueueProcessingOrder.OldestFirst };
}

/// <summary>One read of history, among its user's and among the gateway's.</summary>
internal sealed class HistoryRead(RateLimitLease user, RateLimitLease? gateway) : IDisposable
{
    /// <summary>False when there is no place, and too many wait.</summary>
    public bool IsAcquired => gateway?.IsAcquired == true;

    /// <inheritdoc/>
    public void Dispose()
    {
        gateway?.Dispose();
        user.Dispose();
    }
}
