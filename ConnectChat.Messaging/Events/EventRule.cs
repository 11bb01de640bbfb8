using ConnectChat.Contracts.Records;

namespace ConnectChat.Messaging.Events;

/// <summary>
/// One kind of event, as Messaging sees it: what is well-formed, and what becomes of it. Membership, order, history, publishing, retry,
/// offsets and dead letters belong to the spine, which knows no kind (<c>docs/events.md</c>).
/// </summary>
/// <param name="kind">Its name (<see cref="ConnectChat.Records.EventKind"/>).</param>
/// <param name="isDurable">True: takes the next sequence of its group, is in history and replayed. False: told to who is connected.</param>
internal abstract class EventRule(string kind, bool isDurable)
{
    /// <summary>The kind's name.</summary>
    public string Kind { get; } = kind;

    /// <summary>Whether its events have a sequence and a place in history.</summary>
    public bool IsDurable { get; } = isDurable;

    /// <summary>Null for content that can be processed, otherwise the code of why it never can.</summary>
    public abstract string? Validate(IncomingEvent incoming);

    /// <summary>Puts the content of the event into what is kept and published.</summary>
    public abstract void Compose(IncomingEvent incoming, OutgoingEvent outgoing);
}
