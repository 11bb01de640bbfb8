using System.Diagnostics;
using OpenTelemetry;

namespace ConnectChat.ServiceDefaults.Telemetry;

/// <summary>
/// Keeps every span that ended in an error, and those around it that are still open, whatever the sampler said: at one trace in a
/// thousand, the one message that failed must not be among the others.
/// </summary>
internal sealed class KeepErrorsProcessor : BaseProcessor<Activity>
{
    /// <inheritdoc/>
    public override void OnEnd(Activity data)
    {
        if (data.Status != ActivityStatusCode.Error)
        {
            return;
        }

        for (var span = data; span is not null && !span.Recorded; span = span.Parent)
        {
            span.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
        }
    }
}
