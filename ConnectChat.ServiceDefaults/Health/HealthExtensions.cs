using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ConnectChat.ServiceDefaults.Health;

/// <summary>Health endpoints that tell the truth: which dependency, and since when.</summary>
public static partial class HealthExtensions
{
    private const string Liveness = "live";

    /// <summary>Registers the check that the process turns; dependencies add their own.</summary>
    public static void AddHealth(this IHostApplicationBuilder builder) =>
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [Liveness]);

    /// <summary>Adds a dependency to <c>/health</c>.</summary>
    /// <param name="builder">The service.</param>
    /// <param name="name">How the dependency is called in the answer.</param>
    /// <param name="probe">Returns null when the dependency answers, otherwise what is wrong, without secrets; may throw.</param>
    public static void AddDependency(this IHostApplicationBuilder builder, string name, Func<IServiceProvider, CancellationToken, Task<string?>> probe)
    {
        builder.Services.AddKeyedSingleton(name, (services, _) =>
            new DependencyHealthCheck(token => probe(services, token), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            name, services => services.GetRequiredKeyedService<DependencyHealthCheck>(name), HealthStatus.Unhealthy, tags: null));
    }

    internal static WebApplication MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = WriteAsync }).AllowAnonymous();
        app.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Liveness) }).AllowAnonymous();
        return app;
    }

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        var logger = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(HealthExtensions));
        foreach (var (name, entry) in report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy))
        {
            LogNotReady(logger, name, entry.Description);
        }

        return WriteReportAsync(context, report);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Not ready: {dependency} {problem}")]
    private static partial void LogNotReady(ILogger logger, string dependency, string? problem);

    private static Task WriteReportAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new
        {
            status = report.Status.ToString(),
            dependencies = report.Entries.Where(entry => !entry.Value.Tags.Contains(Liveness)).ToDictionary(
                entry => entry.Key,
                entry => new
                {
                    status = entry.Value.Status.ToString(),
                    since = entry.Value.Data.GetValueOrDefault(DependencyHealthCheck.Since),
                    problem = entry.Value.Description,
                }),
        },
        JsonSerializerOptions.Web,
        context.RequestAborted);
}
