using BitFaster.Caching.Lru;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway.Deliveries;

/// <summary>
/// The groups whose events this gateway read last: up to which sequence, by which a re-publish is recognised, and to how many recipients,
/// by which a message's trace is sampled. What is forgotten here is recognised by clients.
/// </summary>
/// <remarks><see cref="IsNew"/> is for the thread of the consume loop, <see cref="SizeOf"/> for any.</remarks>
internal sealed class RecentGroups(IOptions<DeliveryOptions> options)
{
    private readonly ConcurrentLru<string, (long Sequence, int Recipients)> _last = new(1, options.Value.RememberedGroups, StringComparer.Ordinal);

    /// <summary>False when the group was read up to this sequence before.</summary>
    public bool IsNew(string groupId, long sequence, int recipients)
    {
        if (_last.TryGet(groupId, out var last) && sequence <= last.Sequence)
        {
            return false;
        }

        _last.AddOrUpdate(groupId, (sequence, recipients));
        return true;
    }

    /// <summary>How many recipients the group's last event had; null when it is not remembered.</summary>
    public int? SizeOf(string groupId) => _last.TryGet(groupId, out var last) ? last.Recipients : null;
}
