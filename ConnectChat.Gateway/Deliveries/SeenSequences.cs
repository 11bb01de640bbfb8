using BitFaster.Caching.Lru;

namespace ConnectChat.Gateway.Deliveries;

/// <summary>
/// Recognises a re-publish: per group the greatest sequence read from the bus, for the groups used last. What is forgotten here is
/// recognised by clients.
/// </summary>
/// <remarks>For the thread of the consume loop.</remarks>
internal sealed class SeenSequences(int groups)
{
    private readonly ConcurrentLru<string, long> _last = new(1, groups, StringComparer.Ordinal);

    /// <summary>False when the group was read up to this sequence before.</summary>
    public bool IsNew(string groupId, long sequence)
    {
        if (_last.TryGet(groupId, out var last) && sequence <= last)
        {
            return false;
        }

        _last.AddOrUpdate(groupId, sequence);
        return true;
    }
}
