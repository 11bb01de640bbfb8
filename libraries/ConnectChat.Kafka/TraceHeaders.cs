using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using ConnectChat.Contracts;

namespace ConnectChat.Kafka;

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
        if (headers is null || !headers.TryGetLastBytes(RecordHeaders.TraceParent, out var parent))
        {
            return default;
        }

        var state = headers.TryGetLastBytes(RecordHeaders.TraceState, out var bytes) ? Encoding.UTF8.GetString(bytes) : null;
        return ActivityContext.TryParse(Encoding.ASCII.GetString(parent), state, isRemote: true, out var context) ? context : default;
    }
}
