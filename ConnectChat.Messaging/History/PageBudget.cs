using ConnectChat.Contracts.Records;

namespace ConnectChat.Messaging.History;

/// <summary>What one read may still send: so many messages, and so many bytes of them.</summary>
internal sealed class PageBudget(int messages, int bytes)
{
    private long _bytes = bytes == 0 ? long.MaxValue : bytes;
    private bool _first = true;
    private bool _bytesSpent;

    /// <summary>Messages that may still be sent.</summary>
    public int Messages { get; private set; } = messages;

    /// <summary>True when nothing more may be sent.</summary>
    public bool IsSpent => Messages == 0 || _bytesSpent;

    /// <summary>Those from the beginning that may be sent, at most so many. The very first always may.</summary>
    public List<OutgoingEvent> Take(IReadOnlyList<OutgoingEvent> from, int most)
    {
        var taken = new List<OutgoingEvent>(Math.Min(from.Count, most));
        foreach (var message in from.Take(most))
        {
            var size = message.CalculateSize();
            if (size > _bytes && !_first)
            {
                _bytesSpent = true;
                break;
            }

            _first = false;
            _bytes -= size;
            taken.Add(message);
        }

        Messages -= taken.Count;
        return taken;
    }
}
