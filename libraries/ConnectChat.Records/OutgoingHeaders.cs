using System.Buffers.Text;
using Confluent.Kafka;
using ConnectChat.Contracts;

namespace ConnectChat.Records;

/// <summary>What is known of an outgoing record before its value is looked at.</summary>
/// <param name="Recipients">The encoded set.</param>
/// <param name="Kind">The kind's name in UTF-8; null for a message.</param>
/// <param name="Sequence">The event's place in its group; 0 for an event that has none.</param>
#pragma warning disable CA1819 // They are what Kafka's client holds already; a copy per record would be paid by every gateway.
public readonly record struct OutgoingHeaders(byte[] Recipients, byte[]? Kind, long Sequence)
{
    /// <summary>Where on the incoming topic the event was read that a record is the outcome of; null when the record does not say it.</summary>
    public static long? SourceOffset(Headers? headers) =>
        headers is not null && headers.TryGetLastBytes(RecordHeaders.SourceOffset, out var text) && text is not null
        && Utf8Parser.TryParse(text, out long offset, out var consumed) && consumed == text.Length
            ? offset
            : null;

    /// <summary>False when a header is missing or malformed; <paramref name="problem"/> is a stable word for metrics.</summary>
    public static bool TryRead(Headers? headers, out OutgoingHeaders read, out string problem)
    {
        read = default;
        problem = "no_recipients";
        if (headers is null || !headers.TryGetLastBytes(RecordHeaders.Recipients, out var recipients) || recipients is null)
        {
            return false;
        }

        problem = "no_kind";
        if (headers.TryGetLastBytes(RecordHeaders.Kind, out var kind) && kind is not { Length: > 0 })
        {
            return false;
        }

        problem = "no_sequence";
        long sequence = 0;
        if (headers.TryGetLastBytes(RecordHeaders.Sequence, out var text)
            && (text is null || !Utf8Parser.TryParse(text, out sequence, out var consumed) || consumed != text.Length || sequence <= 0))
        {
            return false;
        }

        read = new OutgoingHeaders(recipients, kind, sequence);
        return true;
    }
}
