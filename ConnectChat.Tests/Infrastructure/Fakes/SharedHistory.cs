using System.Collections.Concurrent;
using ConnectChat.Contracts.Hub;

namespace ConnectChat.Tests.Infrastructure.Fakes;

/// <summary>The messages of each group, shared by the <see cref="FakeGateway"/>s of a test.</summary>
internal sealed class SharedHistory
{
    private readonly ConcurrentDictionary<string, List<ChatMessage>> _groups = [];

    public IEnumerable<string> Groups => _groups.Keys;

    public void Create(string group) => _groups.TryAdd(group, []);

    public ChatMessage Append(string group)
    {
        var messages = _groups.GetOrAdd(group, _ => []);
        lock (messages)
        {
            var sequence = messages.Count + 1;
            messages.Add(new ChatMessage
            {
                GroupId = group,
                Sequence = sequence,
                PreviousSequence = sequence - 1,
                MessageId = $"{group}-{sequence}",
                SenderId = "anna",
                ClientMessageId = $"c{sequence}",
                Body = $"message {sequence}",
                SentAt = 1,
                MembershipVersion = 1,
            });
            return messages[^1];
        }
    }

    public List<ChatMessage> After(string group, long sequence)
    {
        var messages = _groups.GetOrAdd(group, _ => []);
        lock (messages)
        {
            return messages.FindAll(message => message.Sequence > sequence);
        }
    }
}
