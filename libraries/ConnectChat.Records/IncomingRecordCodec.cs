using System.Diagnostics;
using Confluent.Kafka;
using ConnectChat.Contracts.Records;
using Google.Protobuf;

namespace ConnectChat.Records;

/// <summary>A record of <c>group_incoming_messages</c>.</summary>
public static class IncomingRecordCodec
{
    /// <summary>The record of an event, keyed by its group, with the trace that it belongs to.</summary>
    public static Message<string, byte[]> Of(IncomingEvent incoming, Activity? activity)
    {
        ArgumentNullException.ThrowIfNull(incoming);
        var record = new Message<string, byte[]> { Key = incoming.GroupId, Value = incoming.ToByteArray(), Headers = [] };
        TraceHeaders.Inject(activity, record.Headers);
        return record;
    }

    /// <summary>The event; null when the value is none.</summary>
    public static IncomingEvent? Event(Message<string, byte[]> record)
    {
        ArgumentNullException.ThrowIfNull(record);
        try
        {
            return IncomingEvent.Parser.ParseFrom(record.Value ?? []);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
