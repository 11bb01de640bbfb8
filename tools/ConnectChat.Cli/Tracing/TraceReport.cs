using System.Text.Json.Serialization;
using ConnectChat.LocalCluster.Tracing;

namespace ConnectChat.Cli.Tracing;

/// <summary>What <c>trace --json</c> prints.</summary>
internal sealed record TraceReport(
    [property: JsonPropertyName("trace_id")] string TraceId,
    [property: JsonPropertyName("group")] string? Group,
    [property: JsonPropertyName("duration_ms")] double Duration,
    [property: JsonPropertyName("records_published")] int Published,
    [property: JsonPropertyName("gateways")] IEnumerable<GatewayReport> Gateways,
    [property: JsonPropertyName("spans")] IEnumerable<SpanReport> Spans)
{
    public static TraceReport Of(MessageTrace trace) => new(
        trace.Id,
        trace.Group,
        trace.Duration.TotalMilliseconds,
        trace.Published.Count,
        trace.FanOuts.Select(span => new GatewayReport(MessageTrace.Gateway(span), MessageTrace.Delivered(span), MessageTrace.Ignored(span))),
        trace.Spans.Select(span => new SpanReport(
            span.Id,
            span.ParentId,
            span.Service,
            span.Name,
            (span.Start - trace.Spans[0].Start).TotalMilliseconds,
            span.Duration.TotalMilliseconds,
            span.Failed)));
}

/// <summary>What one gateway made of the record.</summary>
internal sealed record GatewayReport(
    [property: JsonPropertyName("gateway")] string Gateway,
    [property: JsonPropertyName("delivered")] long Delivered,
    [property: JsonPropertyName("ignored")] long Ignored);

/// <summary>One step; times in milliseconds, the first from the beginning of the trace.</summary>
internal sealed record SpanReport(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("parent")] string? Parent,
    [property: JsonPropertyName("service")] string Service,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("start_ms")] double Start,
    [property: JsonPropertyName("duration_ms")] double Duration,
    [property: JsonPropertyName("failed")] bool Failed);
