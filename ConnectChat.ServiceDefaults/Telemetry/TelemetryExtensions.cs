using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace ConnectChat.ServiceDefaults.Telemetry;

/// <summary>OpenTelemetry for traces, metrics and logs; exported over OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.</summary>
public static class TelemetryExtensions
{
    /// <summary>Every activity source and meter of the product starts with this.</summary>
    public const string Prefix = "ConnectChat.";

    /// <summary>
    /// The tag (an <see cref="int"/>) that tells the members of a group when a trace begins, for the sampler; without it a trace counts as
    /// that of a small group.
    /// </summary>
    public const string GroupSize = "connectchat.group.size";

    internal static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;

            // The scope of a request holds its path, and a path may name a user.
            logging.IncludeScopes = false;
        });

        builder.Services.AddOptions<SamplingOptions>()
            .Configure(options => options.FullRateGroupSize = builder.Environment.IsDevelopment() ? 1_000_000 : options.FullRateGroupSize)
            .BindConfiguration(SamplingOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();

        var telemetry = builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddMeter($"{Prefix}*")
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation())
            .WithTracing(tracing => tracing
                .SetSampler(services => new GroupSizeSampler(services.GetRequiredService<IOptions<SamplingOptions>>().Value))
                .AddProcessor<KeepErrorsProcessor>()
                .AddSource($"{Prefix}*")
                .AddAspNetCoreInstrumentation(options =>
                {
                    options.Filter = IsWorthATrace;
                    options.EnrichWithHttpResponse = NameRouteInsteadOfPath;

                    // The gateway begins the traces of calls itself, with what the sampler must know.
                    options.EnableAspNetCoreSignalRSupport = false;
                })
                .AddGrpcClientInstrumentation(options => options.SuppressDownstreamInstrumentation = true));

        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            telemetry.UseOtlpExporter();
        }
    }

    // Health polls and the hours-long request that carries a WebSocket would drown the traces of messages. A send over REST begins its
    // trace itself, as calls on the hub do.
    private static bool IsWorthATrace(HttpContext context) =>
        !context.Request.Path.StartsWithSegments("/health") && !context.Request.Path.StartsWithSegments("/alive")
        && !context.Request.Path.StartsWithSegments("/hubs") && !context.Request.Path.StartsWithSegments("/grpc.health.v1.Health")
        && context.Request.Path != "/" && !IsSend(context.Request);

    // POST /groups/{groupId}/messages, before routing has looked at it.
    private static bool IsSend(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && request.Path.StartsWithSegments("/groups")
            && request.Path.Value!.EndsWith("/messages", StringComparison.OrdinalIgnoreCase);

    // DELETE /groups/{groupId}/members/{userId}: the path names a user, its route does not.
    private static void NameRouteInsteadOfPath(Activity span, HttpResponse response) => span.SetTag("url.path", span.GetTagItem("http.route"));
}
