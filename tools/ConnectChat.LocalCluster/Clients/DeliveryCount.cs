namespace ConnectChat.LocalCluster.Clients;

/// <summary>What one member got of one group, held against the promises: each message once, in the order of the sequence.</summary>
/// <remarks>For one thread at a time.</remarks>
internal sealed class DeliveryCount
{
    private readonly HashSet<long> _seen = [];
    private long _highest;

    /// <summary>Different messages received.</summary>
    public long Received => _seen.Count;

    /// <summary>Messages received again.</summary>
    public long Duplicated { get; private set; }

    /// <summary>Messages received after a later one.</summary>
    public long Reordered { get; private set; }

    /// <summary>A message came. False: it had come before.</summary>
    public bool Add(long sequence)
    {
        if (!_seen.Add(sequence))
        {
            Duplicated++;
            return false;
        }

        Reordered += sequence < _highest ? 1 : 0;
        _highest = Math.Max(_highest, sequence);
        return true;
    }
}
