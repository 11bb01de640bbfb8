using System.Globalization;

namespace ConnectChat.LocalCluster.Tracing;

// OpenTelemetry's JSON for traces (opentelemetry-proto, trace/v1), as far as it is read here; the dashboard's API answers with it.
internal sealed record OtlpAnswer(OtlpTraces? Data);

internal sealed record OtlpTraces(IReadOnlyList<OtlpResourceSpans>? ResourceSpans);

internal sealed record OtlpResourceSpans(OtlpResource? Resource, IReadOnlyList<OtlpScopeSpans>? ScopeSpans);

internal sealed record OtlpResource(IReadOnlyList<OtlpAttribute>? Attributes);

internal sealed record OtlpScopeSpans(IReadOnlyList<OtlpSpan>? Spans);

internal sealed record OtlpSpan(
    string TraceId,
    string SpanId,
    string? ParentSpanId,
    string Name,
    int? Kind,
    string StartTimeUnixNano,
    string EndTimeUnixNano,
    IReadOnlyList<OtlpAttribute>? Attributes,
    OtlpStatus? Status)
{
    private const int Error = 2;

    public Span ToSpan(string service)
    {
        var start = Nanoseconds(StartTimeUnixNano);
        return new Span
        {
            TraceId = TraceId,
            Id = SpanId,
            ParentId = string.IsNullOrEmpty(ParentSpanId) ? null : ParentSpanId,
            Service = service,
            Name = Name,
            Kind = Kind ?? 0,
            Start = DateTimeOffset.UnixEpoch.AddTicks(start / TimeSpan.NanosecondsPerTick),
            Duration = TimeSpan.FromTicks((Nanoseconds(EndTimeUnixNano) - start) / TimeSpan.NanosecondsPerTick),
            Failed = Status?.Code == Error,
            Tags = (Attributes ?? []).ToDictionary(attribute => attribute.Key, attribute => attribute.Value?.StringValue ?? ""),
        };
    }

    private static long Nanoseconds(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}

internal sealed record OtlpStatus(int Code);

internal sealed record OtlpAttribute(string Key, OtlpValue? Value);

internal sealed record OtlpValue(string? StringValue);
