using ConnectChat.Contracts.Hub;

namespace ConnectChat.Client.Ordering;

/// <summary>What a cursor says about a message that arrived.</summary>
internal enum CursorVerdict
{
    /// <summary>It is next: hand it to the application.</summary>
    Deliver,

    /// <summary>It was seen: drop it.</summary>
    Duplicate,

    /// <summary>Something before it is missing: drop it and resume, which brings both.</summary>
    Gap,
}

/// <summary>Up to where this client has seen one group; the chain rule of <see cref="ChatMessage"/> and nothing else.</summary>
/// <remarks>
/// Whatever arrives, in whatever order and however often, the messages told to deliver ascend strictly, and each follows the one
/// before it in the chain, except across a gap that <see cref="AcceptGap"/> allowed. Not thread-safe.
/// </remarks>
internal sealed class GroupCursor(long last = 0)
{
    private bool _acceptGap;

    /// <summary>The sequence of the last message delivered, or the position it started from.</summary>
    public long Last { get; private set; } = last;

    /// <summary>The greatest sequence that arrived ahead of a gap; nothing is missing once <see cref="Last"/> has reached it.</summary>
    public long HighestAhead { get; private set; }

    /// <summary>True while a message is known to exist that was not delivered.</summary>
    public bool IsBehind => HighestAhead > Last;

    /// <summary>Judges a message and, when it is next, moves past it.</summary>
    public CursorVerdict Offer(long previousSequence, long sequence)
    {
        if (sequence <= Last)
        {
            return CursorVerdict.Duplicate;
        }

        if (previousSequence > Last && !_acceptGap)
        {
            HighestAhead = Math.Max(HighestAhead, sequence);
            return CursorVerdict.Gap;
        }

        _acceptGap = false;
        Last = sequence;
        return CursorVerdict.Deliver;
    }

    /// <summary>The group has another history than before: starts again from its first message.</summary>
    public void StartAgain() => (Last, HighestAhead, _acceptGap) = (0, 0, false);

    /// <summary>
    /// Gives up what is missing: the next newer message is taken whatever comes before it. The caller has reported the gap.
    /// </summary>
    public void AcceptGap()
    {
        _acceptGap = true;
        HighestAhead = 0;
    }
}
