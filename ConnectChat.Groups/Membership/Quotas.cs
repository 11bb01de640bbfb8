using System.Threading.RateLimiting;
using ConnectChat.Contracts.Groups;
using Microsoft.Extensions.Options;

namespace ConnectChat.Groups.Membership;

/// <summary>How much of what lasts one user may make: groups, and user numbers of ids that nobody has seen before.</summary>
internal sealed class Quotas(GroupStore groups, IOptions<GroupsOptions> options) : IDisposable
{
    // The bucket of an hour is refilled in so many steps.
    private const int Steps = 60;

    private readonly PartitionedRateLimiter<string> _newUsers = PartitionedRateLimiter.Create<string, string>(user =>
        RateLimitPartition.GetTokenBucketLimiter(user, _ => new()
        {
            TokenLimit = options.Value.NewUsersPerHour,
            TokensPerPeriod = Math.Max(1, options.Value.NewUsersPerHour / Steps),
            ReplenishmentPeriod = TimeSpan.FromHours(1) / Steps,
        }));

    /// <summary>False: the user would give too many new ids a number within an hour.</summary>
    public bool TryAddNew(string userId, int newUsers)
    {
        using var lease = _newUsers.AttemptAcquire(userId, newUsers);
        return lease.IsAcquired;
    }

    /// <summary>Whether the user may own one more group. Groups made a moment ago may not be counted yet.</summary>
    public async Task<bool> MayOwnAnotherAsync(string userId, CancellationToken cancellationToken) =>
        await groups.CountAsync(userId, Role.Owner, options.Value.GroupsOwned, cancellationToken) < options.Value.GroupsOwned;

    /// <inheritdoc/>
    public void Dispose() => _newUsers.Dispose();
}
