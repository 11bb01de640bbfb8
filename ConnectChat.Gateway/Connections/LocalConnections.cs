using System.Collections.Concurrent;
using ConnectChat.Contracts.Recipients;

namespace ConnectChat.Gateway.Connections;

/// <summary>Who is connected here: user number → connections, several devices per user.</summary>
/// <remarks>Changes take a lock; the fan-out reads without one. <see cref="Numbers"/> may briefly contain a user whose last connection has closed.</remarks>
internal sealed class LocalConnections
{
    private readonly ConcurrentDictionary<uint, ChatConnection[]> _byNumber = new();
    private readonly Lock _lock = new();
    private int _count;
    private int _opening;

    /// <summary>The numbers with at least one connection, for intersecting with recipient sets.</summary>
    public UserNumberSet Numbers { get; } = new();

    /// <summary>Connections now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Connections that are admitted and not registered yet.</summary>
    public int Opening => Volatile.Read(ref _opening);

    /// <summary>One more is opening, until it is disposed.</summary>
    public AdmissionLease Open()
    {
        Interlocked.Increment(ref _opening);
        return new AdmissionLease(this);
    }

    /// <summary>One less is opening.</summary>
    public void Opened() => Interlocked.Decrement(ref _opening);

    /// <summary>From here on the fan-out finds the connection.</summary>
    public void Add(ChatConnection connection)
    {
        lock (_lock)
        {
            _byNumber[connection.UserNumber] = [.. Of(connection.UserNumber), connection];
            Numbers.Add(connection.UserNumber);
            _count++;
        }
    }

    /// <summary>False when it was not there.</summary>
    public bool Remove(ChatConnection connection)
    {
        lock (_lock)
        {
            var before = Of(connection.UserNumber);
            var left = before.Where(other => other != connection).ToArray();
            if (left.Length == before.Length)
            {
                return false;
            }

            _count--;
            if (left.Length > 0)
            {
                _byNumber[connection.UserNumber] = left;
                return true;
            }

            Numbers.Remove(connection.UserNumber);
            _byNumber.TryRemove(connection.UserNumber, out _);
            return true;
        }
    }

    /// <summary>The connections of one user; a snapshot.</summary>
    public ChatConnection[] Of(uint userNumber) => _byNumber.GetValueOrDefault(userNumber, []);

    /// <summary>All connections; a snapshot.</summary>
    public IReadOnlyList<ChatConnection> All() => [.. _byNumber.Values.SelectMany(connections => connections)];
}
