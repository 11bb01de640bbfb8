using System.Collections.Concurrent;

namespace ConnectChat.Checker.Load;

/// <summary>A send by what makes it one: retries on any device have the same.</summary>
internal readonly record struct SendKey(string Group, string Sender, string ClientId);

/// <summary>Which sends were accepted, and which were told as rejected. Thread-safe.</summary>
internal sealed class SendBook
{
    private readonly ConcurrentDictionary<SendKey, bool> _accepted = [];
    private readonly ConcurrentDictionary<SendKey, bool> _rejected = [];

    public ICollection<SendKey> Accepted => _accepted.Keys;

    public void Accept(SendKey send) => _accepted[send] = true;

    public void Reject(SendKey send) => _rejected[send] = true;

    public bool IsRejected(SendKey send) => _rejected.ContainsKey(send);
}
