using OpenTelemetry.Trace;

namespace ConnectChat.ServiceDefaults.Telemetry;

/// <summary>
/// Head sampling that falls with the size of the group: <c>ratio × min(1, full-rate size ÷ members)</c>. A trace that a caller began
/// keeps the caller's decision, so a message is traced on its whole way or not at all.
/// </summary>
/// <remarks>
/// What is not sampled is still recorded in the process, for <see cref="KeepErrorsProcessor"/> to decide on at its end; only what
/// <see cref="Untraced"/> covers is dropped at once. The shares follow what Discord published: all of single messages, a tenth at 100
/// recipients, a thousandth at 10,000.
/// </remarks>
internal sealed class GroupSizeSampler(SamplingOptions options) : Sampler
{
    private readonly TraceIdRatioBasedSampler _always = new(options.Ratio);

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters parameters)
    {
        var parent = parameters.ParentContext;
        if (Untraced.Covers(parent))
        {
            return new SamplingResult(SamplingDecision.Drop);
        }

        var sampled = parent.TraceId != default
            ? parent.TraceFlags.HasFlag(System.Diagnostics.ActivityTraceFlags.Recorded)
            : SamplerFor(parameters).ShouldSample(parameters).Decision == SamplingDecision.RecordAndSample;
        return new SamplingResult(sampled ? SamplingDecision.RecordAndSample : SamplingDecision.RecordOnly);
    }

    private TraceIdRatioBasedSampler SamplerFor(in SamplingParameters parameters)
    {
        foreach (var tag in parameters.Tags ?? [])
        {
            if (tag is { Key: TelemetryExtensions.GroupSize, Value: int members } && members > options.FullRateGroupSize)
            {
                return new TraceIdRatioBasedSampler(options.Ratio * options.FullRateGroupSize / members);
            }
        }

        return _always;
    }
}
