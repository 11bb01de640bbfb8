using ConnectChat.Contracts.Records;
using Google.Protobuf.WellKnownTypes;

namespace ConnectChat.Records;

/// <summary>Names of kinds of events: the header <c>kind</c> of a record, and what kinds are registered by.</summary>
public static class EventKind
{
    /// <summary>A message. The one kind whose records carry no header <c>kind</c>.</summary>
    public const string Message = "message";

    /// <summary>An accepted event that was refused afterwards; tells its sender alone.</summary>
    public const string Rejection = "rejection";

    /// <summary>An event that is in history and too large for a record: tells its recipients to resume the group.</summary>
    public const string Missed = "missed";

    /// <summary>The kind of an event that a gateway accepted; empty for an event without content.</summary>
    public static string Of(IncomingEvent incoming)
    {
        ArgumentNullException.ThrowIfNull(incoming);
        return incoming.EventCase switch
        {
            IncomingEvent.EventOneofCase.Body => Message,
            IncomingEvent.EventOneofCase.Extension => Of(incoming.Extension),
            _ => "",
        };
    }

    /// <summary>The kind of an event in history; empty for an event without content.</summary>
    public static string Of(OutgoingEvent outgoing)
    {
        ArgumentNullException.ThrowIfNull(outgoing);
        return outgoing.EventCase switch
        {
            OutgoingEvent.EventOneofCase.Body => Message,
            OutgoingEvent.EventOneofCase.Extension => Of(outgoing.Extension),
            _ => "",
        };
    }

    private static string Of(Any extension) => Any.GetTypeName(extension.TypeUrl);
}
