using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using ConnectChat.Contracts;

namespace ConnectChat.Records;

/// <summary>W3C trace context in record headers.</summary>
public static class TraceHeaders
{
    /// <summary>Adds the context of an activity; none when there is no activity.</summary>
    public static void Inject(Activity? activity, Headers headers)
    {
        if (activity?.Id is null)
        {
            return;
        }

        headers.Add(RecordHeaders.TraceParent, Encoding.ASCII.GetBytes(activity.Id));
        if (activity.TraceStateString is { Length: > 0 } state)
        {
            headers.Add(RecordHeaders.TraceState, Encoding.UTF8.GetBytes(state));
        }
    }

    /// <summary>The context that a record carries; the default when it carries none, or one that is malformed.</summary>
    public static ActivityContext Extract(Headers? headers)
    {
        if (headers is null || !headers.TryGetLastBytes(RecordHeaders.TraceParent, out var parent) || parent is null)
        {
            return default;
        }

        var state = headers.TryGetLastBytes(RecordHeaders.TraceState, out var bytes) && bytes is not null ? Encoding.UTF8.GetString(bytes) : null;
        return ActivityContext.TryParse(Encoding.ASCII.GetString(parent), state, isRemote: true, out var context) ? context : default;
    }

    /// <summary>
    /// Whether the trace that a record belongs to is kept. Looks at one byte of the header: a gateway asks for every record, also for
    /// those that it ignores.
    /// </summary>
    public static bool IsSampled(Headers? headers) =>
        // version-trace-parent-flags; the lowest bit of the flags says "sampled" (W3C Trace Context, section 3.2).
        headers is not null && headers.TryGetLastBytes(RecordHeaders.TraceParent, out var parent)
        && parent is { Length: >= 55 } && (parent[54] is >= (byte)'0' and <= (byte)'9' ? parent[54] - '0' : parent[54] - 'a' + 10) % 2 == 1;
}
