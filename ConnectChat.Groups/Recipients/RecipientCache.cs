using ConnectChat.Groups.Membership;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace ConnectChat.Groups.Recipients;

/// <summary>
/// The newest set of each group that this instance knows, within <see cref="GroupsOptions.CachedSetsMiB"/>. META says whether it is
/// current.
/// </summary>
internal sealed class RecipientCache(IOptions<GroupsOptions> options) : IMembershipListener, IDisposable
{
    private readonly Lock _lock = new();
    private readonly MemoryCache _sets = new(new MemoryCacheOptions { SizeLimit = options.Value.CachedSetsMiB * 1024L * 1024 });

    /// <summary>The set of a group, or null.</summary>
    public MemberSet? Find(string groupId) => _sets.Get<MemberSet>(groupId);

    /// <summary>Keeps a set unless a newer one is there.</summary>
    public void Keep(string groupId, MemberSet set)
    {
        lock (_lock)
        {
            if (Find(groupId) is not { } known || known.Version < set.Version)
            {
                _sets.Set(groupId, set, new MemoryCacheEntryOptions { Size = set.Size });
            }
        }
    }

    /// <summary>The set at the version before, if it is here, follows without a read.</summary>
    public void Changed(string groupId, long from, ReadOnlySpan<MemberStep> steps)
    {
        if (Find(groupId) is { } known && known.Version == from)
        {
            Keep(groupId, known.After(steps));
        }
    }

    /// <summary>Forgets everything, for benchmarks of a cold start.</summary>
    internal void Clear() => _sets.Clear();

    /// <inheritdoc/>
    public void Dispose() => _sets.Dispose();
}
