using ConnectChat.Contracts;

namespace ConnectChat.Client.Sending;

/// <summary>
/// Sends of which this client does not know yet what became of them. A rejection is told to who is connected at that moment; one that came
/// between two connections is asked for on the next.
/// </summary>
/// <remarks>Thread-safe. At most <see cref="Most"/> are remembered, the newest; older ones can still be asked for by the application.</remarks>
internal sealed class UndecidedSends
{
    /// <summary>So many sends are remembered.</summary>
    public const int Most = 1_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Group, string ClientMessageId), LinkedListNode<(string Group, string ClientMessageId)>> _nodes = [];
    private readonly LinkedList<(string Group, string ClientMessageId)> _oldestFirst = [];

    /// <summary>A message is about to be sent.</summary>
    public void Add(string groupId, string clientMessageId)
    {
        lock (_lock)
        {
            if (_nodes.TryAdd((groupId, clientMessageId), null!))
            {
                _nodes[(groupId, clientMessageId)] = _oldestFirst.AddLast((groupId, clientMessageId));
            }

            if (_oldestFirst.Count > Most)
            {
                _nodes.Remove(_oldestFirst.First!.Value);
                _oldestFirst.RemoveFirst();
            }
        }
    }

    /// <summary>It was received, or refused. False when it is none of those that are waited for.</summary>
    public bool Decided(string groupId, string clientMessageId)
    {
        lock (_lock)
        {
            if (!_nodes.Remove((groupId, clientMessageId), out var node))
            {
                return false;
            }

            _oldestFirst.Remove(node);
            return true;
        }
    }

    /// <summary>All of them, in lots that one call may ask for.</summary>
    public IReadOnlyList<(string Group, string[] ClientMessageIds)> Lots()
    {
        lock (_lock)
        {
            return [.. _oldestFirst.GroupBy(send => send.Group, send => send.ClientMessageId, StringComparer.Ordinal)
                .SelectMany(group => group.Chunk(Limits.OutcomesPerCall).Select(ids => (group.Key, ids)))];
        }
    }
}
