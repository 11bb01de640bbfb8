using System.Globalization;
using System.Text;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using Google.Protobuf;

namespace ConnectChat.Records;

/// <summary>
/// A record of <c>group_outgoing_messages</c>: written here, and read here by whoever has to: gateways (<see cref="OutgoingHeaders"/>),
/// tools and tests. Numbers in headers are ASCII decimal, texts UTF-8.
/// </summary>
public static class OutgoingRecordCodec
{
    /// <summary>The record of an event that is in history.</summary>
    /// <param name="outgoing">The event, complete.</param>
    /// <param name="recipients">The encoded set of everyone who gets it.</param>
    /// <param name="recipientCount">How many they are.</param>
    public static Message<string, byte[]> Durable(OutgoingEvent outgoing, byte[] recipients, long recipientCount)
    {
        ArgumentNullException.ThrowIfNull(outgoing);
        var headers = new Headers
        {
            { RecordHeaders.Recipients, recipients },
            { RecordHeaders.RecipientCount, Number(recipientCount) },
            { RecordHeaders.MessageId, Encoding.UTF8.GetBytes(outgoing.MessageId) },
            { RecordHeaders.MembershipVersion, Number(outgoing.MembershipVersion) },
            { RecordHeaders.Sequence, Number(outgoing.Sequence) },
        };
        var kind = EventKind.Of(outgoing);
        if (kind != EventKind.Message)
        {
            headers.Add(RecordHeaders.Kind, Encoding.UTF8.GetBytes(kind));
        }

        return new Message<string, byte[]> { Key = outgoing.GroupId, Value = outgoing.ToByteArray(), Headers = headers };
    }

    /// <summary>The record of an event that is in nobody's history.</summary>
    /// <param name="groupId">The group.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="value">What its kind reads.</param>
    /// <param name="recipients">The encoded set of everyone who gets it.</param>
    /// <param name="recipientCount">How many they are.</param>
    public static Message<string, byte[]> Ephemeral(string groupId, string kind, IMessage value, byte[] recipients, long recipientCount) => new()
    {
        Key = groupId,
        Value = value.ToByteArray(),
        Headers = new Headers
        {
            { RecordHeaders.Kind, Encoding.UTF8.GetBytes(kind) },
            { RecordHeaders.Recipients, recipients },
            { RecordHeaders.RecipientCount, Number(recipientCount) },
        },
    };

    /// <summary>Whether the record is one of a message, and not of another kind of event.</summary>
    public static bool IsMessage(Message<string, byte[]> record) => Header(record, RecordHeaders.Kind) is null;

    /// <summary>How many users the recipient set holds, as the header says; 0 without the header.</summary>
    public static long RecipientCount(Message<string, byte[]> record) =>
        long.TryParse(Header(record, RecordHeaders.RecipientCount), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;

    /// <summary>The trace that the record belongs to, 32 hexadecimal digits; null for none.</summary>
    public static string? TraceId(Message<string, byte[]> record) =>
        TraceHeaders.Extract(record?.Headers) is { TraceId: var trace } && trace != default ? trace.ToHexString() : null;

    /// <summary>A header as text; null when it is missing.</summary>
    public static string? Header(Message<string, byte[]> record, string name)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.Headers.TryGetLastBytes(name, out var bytes) && bytes is not null ? Encoding.UTF8.GetString(bytes) : null;
    }

    /// <summary>The event of a durable record.</summary>
    /// <exception cref="InvalidProtocolBufferException">The value is none.</exception>
    public static OutgoingEvent Event(Message<string, byte[]> record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return OutgoingEvent.Parser.ParseFrom(record.Value ?? []);
    }

    /// <summary>A number as headers hold it.</summary>
    public static byte[] Number(long value) => Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));
}
