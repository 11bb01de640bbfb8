using System.Diagnostics;

namespace ConnectChat.ServiceDefaults.Telemetry;

/// <summary>
/// Marks work that no client asked for, such as warm-ups and health probes: none of it is traced, neither in this process nor in a
/// service that it calls, not even its errors.
/// </summary>
/// <remarks>
/// The mark is an entry of the W3C <c>tracestate</c> and travels with the trace context; <see cref="GroupSizeSampler"/> obeys it
/// everywhere. OpenTelemetry's <c>SuppressInstrumentationScope</c> would not do: the called service sees a request without a context and
/// begins a trace of its own.
/// </remarks>
public static class Untraced
{
    private const string Mark = "connectchat=untraced";

    /// <summary>Until the result is disposed, what happens in this flow of execution is not traced.</summary>
    public static IDisposable Begin()
    {
        // Not a child of the caller's span: the first of many who wait for a health probe has nothing to do with it.
        Activity.Current = null;
        return new Activity("untraced") { TraceStateString = Mark }.Start();
    }

    /// <summary>Whether a span with this parent must not be.</summary>
    internal static bool Covers(ActivityContext parent) => parent.TraceState?.Contains(Mark, StringComparison.Ordinal) == true;
}
