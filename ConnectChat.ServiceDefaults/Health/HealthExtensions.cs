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
public static class HealthExtensions
{
    private const string Liveness = "live";

    // The key of HealthCheckResult.Data that holds a DateTimeOffset.
    private const string Since = "since";

    /// <summary>Registers the check that the process is running; dependencies and conditions of readiness add their own.</summary>
    public static void AddHealth(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [Liveness]);

        // It writes an error for each caller and each dependency that is down; DependencyHealthCheck says once that it is.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
    }

    /// <summary>Adds another service or store to <c>/health</c>. However many ask, it is asked about once a second.</summary>
    /// <param name="builder">The service.</param>
    /// <param name="name">How the dependency is called in the answer.</param>
    /// <param name="timeout">One of <see cref="ProbeTimeouts"/>: with no answer by then the dependency is down.</param>
    /// <param name="probe">Returns null when the dependency answers, otherwise what is wrong, without secrets; may throw.</param>
    public static void AddDependency(
        this IHostApplicationBuilder builder, string name, TimeSpan timeout, Func<IServiceProvider, CancellationToken, Task<string?>> probe) =>
        builder.AddCheck(name, services => new DependencyHealthCheck(
            name,
            timeout,
            token => probe(services, token),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<DependencyHealthCheck>>()));

    /// <summary>The result for a problem, or for none, that is so since a point in time.</summary>
    internal static HealthCheckResult Result(this HealthCheckContext context, string? problem, DateTimeOffset since)
    {
        var data = new Dictionary<string, object> { [Since] = since };
        return problem is null ? HealthCheckResult.Healthy(data: data) : new HealthCheckResult(context.Registration.FailureStatus, problem, data: data);
    }

    internal static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks(app.Configuration["Health:ReadyPath"] ?? "/health", new HealthCheckOptions { ResponseWriter = WriteAsync }).AllowAnonymous();
        app.MapHealthChecks(app.Configuration["Health:LivePath"] ?? "/alive", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Liveness) })
            .AllowAnonymous();
    }

    /// <summary>Adds a check, of which there is one instance per service: it remembers.</summary>
    internal static void AddCheck(this IHostApplicationBuilder builder, string name, Func<IServiceProvider, IHealthCheck> make)
    {
        builder.Services.AddKeyedSingleton(name, (services, _) => make(services));
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            name, services => services.GetRequiredKeyedService<IHealthCheck>(name), HealthStatus.Unhealthy, tags: null));
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new
        {
            status = report.Status.ToString(),
            dependencies = report.Entries.Where(entry => !entry.Value.Tags.Contains(Liveness)).ToDictionary(
                entry => entry.Key,
                entry => new
                {
                    status = entry.Value.Status.ToString(),
                    since = entry.Value.Data.GetValueOrDefault(Since),
                    problem = entry.Value.Description,
                }),
        },
        JsonSerializerOptions.Web,
        context.RequestAborted);
}
