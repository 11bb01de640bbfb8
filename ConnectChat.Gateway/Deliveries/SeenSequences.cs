using BitFaster.Caching.Lru;

namespace ConnectChat.Gateway.Deliveries;

/// <summary>
/// Recognises a re-publish: per group the greatest sequence read from the bus, for the groups used last. What is forgotten here is
/// recognised by clients. Knows as well how many recipients that message had.
/// </summary>
/// <remarks><see cref="IsNew"/> is for the thread of the consume loop, <see cref="RecipientsOf"/> for any.</remarks>
internal sealed class SeenSequences(int groups)
{
    private readonly ConcurrentLru<string, (long Sequence, int Recipients)> _last = new(1, groups, StringComparer.Ordinal);

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

    /// <summary>How many recipients the group's last message had; null when it is not remembered.</summary>
    public int? RecipientsOf(string groupId) => _last.TryGet(groupId, out var last) ? last.Recipients : null;
}
