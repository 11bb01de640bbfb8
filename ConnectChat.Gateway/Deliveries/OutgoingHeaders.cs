using System.Buffers.Text;
using Confluent.Kafka;
using ConnectChat.Contracts;

namespace ConnectChat.Gateway.Deliveries;

/// <summary>What a gateway must know of an outgoing record before it looks at the value.</summary>
/// <param name="Recipients">The encoded set.</param>
/// <param name="IsRejection">The value is a rejection for the sender alone.</param>
/// <param name="Sequence">The message's sequence; 0 for a rejection.</param>
internal readonly record struct OutgoingHeaders(byte[] Recipients, bool IsRejection, long Sequence)
{
    /// <summary>False when a header is missing or malformed; <paramref name="problem"/> is a stable word for metrics.</summary>
    public static bool TryRead(Headers? headers, out OutgoingHeaders read, out string problem)
    {
        read = default;
        problem = "no_recipients";
        if (headers is null || !headers.TryGetLastBytes(RecordHeaders.Recipients, out var recipients) || recipients is null)
        {
            return false;
        }

        problem = "unknown_kind";
        var isRejection = headers.TryGetLastBytes(RecordHeaders.Kind, out var kind);
        if (isRejection && (kind is null || !kind.AsSpan().SequenceEqual("rejection"u8)))
        {
            return false;
        }

        problem = "no_sequence";
        long sequence = 0;
        if (!isRejection
            && (!headers.TryGetLastBytes(RecordHeaders.Sequence, out var text) || text is null
                || !Utf8Parser.TryParse(text, out sequence, out var consumed) || consumed != text.Length || sequence <= 0))
        {
            return false;
        }

        read = new OutgoingHeaders(recipients, isRejection, sequence);
        return true;
    }
}
