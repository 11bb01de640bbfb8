using System.Diagnostics;
using ConnectChat.ServiceDefaults;
using ConnectChat.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace ConnectChat.Tests.Telemetry;

public sealed class SamplingTests
{
    private const int Traces = 20_000;

    [Theory]
    [InlineData(1.0, null, 1.0)]
    [InlineData(1.0, 10, 1.0)]
    [InlineData(1.0, 100, 0.1)]
    [InlineData(1.0, 1_000, 0.01)]
    [InlineData(0.5, 10, 0.5)]
    [InlineData(0.5, 100, 0.05)]
    [InlineData(0.0, 2, 0.0)]
    public void The_share_that_is_kept_falls_with_the_size_of_the_group(double ratio, int? members, double expected)
    {
        var sampler = new GroupSizeSampler(new SamplingOptions { Ratio = ratio, FullRateGroupSize = 10 });
        KeyValuePair<string, object?>[] tags = members is null ? [] : [new(TelemetryExtensions.GroupSize, members)];

        // A seed of its own, so that the same traces are drawn every time: no run is luckier than another.
        var random = new Random(4);
        var kept = Enumerable.Range(0, Traces).Count(_ => Decide(sampler, TraceId(random), parent: default, tags) == SamplingDecision.RecordAndSample);

        var deviation = Math.Sqrt(expected * (1 - expected) / Traces);
        Assert.InRange((double)kept / Traces, expected - (5 * deviation), expected + (5 * deviation));
    }

    [Theory]
    [InlineData(ActivityTraceFlags.Recorded, 0.0, SamplingDecision.RecordAndSample)]
    [InlineData(ActivityTraceFlags.None, 1.0, SamplingDecision.RecordOnly)]
    public void What_the_beginning_of_a_trace_decided_holds_to_its_end(ActivityTraceFlags flags, double ratio, SamplingDecision expected)
    {
        var trace = ActivityTraceId.CreateRandom();
        var parent = new ActivityContext(trace, ActivitySpanId.CreateRandom(), flags, isRemote: true);

        Assert.Equal(expected, Decide(new GroupSizeSampler(new SamplingOptions { Ratio = ratio }), trace, parent, []));
    }

    [Fact]
    public void An_error_is_exported_with_what_led_to_it_and_what_went_well_beside_it_is_not()
    {
        // Not "ConnectChat.…": hosts of other tests in this process listen to all of those, with samplers of their own.
        var name = $"Sampling.{Guid.NewGuid():N}";
        var exported = new List<string>();
        using var source = new ActivitySource(name);
        using (var provider = Sdk.CreateTracerProviderBuilder()
            .SetSampler(new GroupSizeSampler(new SamplingOptions { Ratio = 0 }))
            .AddProcessor(new KeepErrorsProcessor())
            .AddSource(name)
            .AddProcessor(new SimpleActivityExportProcessor(new ListExporter(exported)))
            .Build())
        {
            using (source.StartActivity("fine"))
            {
                using var inner = source.StartActivity("fine inside");
            }

            using (source.StartActivity("call"))
            {
                using (source.StartActivity("fine before"))
                {
                }

                using var failing = source.StartActivity("failed");
                failing!.SetStatus(ActivityStatusCode.Error);
            }
        }

        Assert.Equal(["failed", "call"], exported);
    }

    [Fact]
    public void A_service_that_samples_nothing_exports_its_errors()
    {
        var name = $"Service.{Guid.NewGuid():N}";
        var exported = new List<string>();
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection([new($"{SamplingOptions.Section}:{nameof(SamplingOptions.Ratio)}", "0")]);
        builder.AddServiceDefaults();
        builder.Services.ConfigureOpenTelemetryTracerProvider(tracing => tracing
            .AddSource(name)
            .AddProcessor(new SimpleActivityExportProcessor(new ListExporter(exported, name))));
        using var source = new ActivitySource(name);
        using var services = builder.Services.BuildServiceProvider();
        services.GetRequiredService<TracerProvider>();

        source.StartActivity("fine")!.Dispose();
        using (var failing = source.StartActivity("failed"))
        {
            failing!.SetStatus(ActivityStatusCode.Error);
        }

        Assert.Equal(["failed"], exported);
    }

    [Fact]
    public void What_nobody_asked_for_is_exported_nowhere_not_even_its_errors()
    {
        var name = $"Untraced.{Guid.NewGuid():N}";
        var exported = new List<string>();
        using var source = new ActivitySource(name);
        using (var provider = Sdk.CreateTracerProviderBuilder()
            .SetSampler(new GroupSizeSampler(new SamplingOptions()))
            .AddProcessor(new KeepErrorsProcessor())
            .AddSource(name)
            .AddProcessor(new SimpleActivityExportProcessor(new ListExporter(exported)))
            .Build())
        {
            string? parent;
            string? state;
            using (Untraced.Begin())
            {
                using var failed = source.StartActivity("failed here");
                failed?.SetStatus(ActivityStatusCode.Error);
                (parent, state) = (Activity.Current!.Id, Activity.Current.TraceStateString);
            }

            // What the called service reads from the headers.
            Assert.True(ActivityContext.TryParse(parent, state, isRemote: true, out var caller));
            using (var called = source.StartActivity("called", ActivityKind.Server, caller))
            {
                using var failed = source.StartActivity("failed there");
                failed?.SetStatus(ActivityStatusCode.Error);
            }

            source.StartActivity("asked for")!.Dispose();
        }

        Assert.Equal(["asked for"], exported);
    }

    private static SamplingDecision Decide(
        GroupSizeSampler sampler, ActivityTraceId trace, ActivityContext parent, IEnumerable<KeyValuePair<string, object?>> tags) =>
        sampler.ShouldSample(new SamplingParameters(parent, trace, "call", ActivityKind.Server, tags)).Decision;

    private static ActivityTraceId TraceId(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return ActivityTraceId.CreateFromBytes(bytes);
    }

    // A service listens to what other tests' hosts do in this process as well: given a source, only its spans are kept.
    private sealed class ListExporter(List<string> exported, string? source = null) : BaseExporter<Activity>
    {
        public override ExportResult Export(in Batch<Activity> batch)
        {
            foreach (var span in batch)
            {
                if (source is null || span.Source.Name == source)
                {
                    exported.Add(span.OperationName);
                }
            }

            return ExportResult.Success;
        }
    }
}
