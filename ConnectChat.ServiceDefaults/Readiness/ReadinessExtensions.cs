using ConnectChat.ServiceDefaults.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ConnectChat.ServiceDefaults.Readiness;

/// <summary>
/// Whether this instance itself is ready: warm, positioned, admitting, apart from whether what it depends on answers. Both are in the
/// answer of <c>/health</c>.
/// </summary>
public static class ReadinessExtensions
{
    /// <summary>Adds something that the service knows by itself to <c>/health</c>; it is looked at whenever somebody asks.</summary>
    /// <param name="builder">The service.</param>
    /// <param name="name">How the condition is called in the answer.</param>
    /// <param name="problem">Returns null when it is met, otherwise what is wrong, without secrets; cheap.</param>
    public static void AddCondition(this IHostApplicationBuilder builder, string name, Func<IServiceProvider, string?> problem) =>
        builder.AddCheck(name, services => new ConditionHealthCheck(() => problem(services), services.GetRequiredService<TimeProvider>()));

    /// <summary>Runs the rehearsal at start; the service is ready once it succeeded.</summary>
    public static void AddWarmUp<TWarmUp>(this IHostApplicationBuilder builder)
        where TWarmUp : WarmUp
    {
        builder.Services.AddSingleton<TWarmUp>();
        builder.Services.AddHostedService(services => services.GetRequiredService<TWarmUp>());
        builder.AddCondition("warm-up", services => services.GetRequiredService<TWarmUp>().Done ? null : "not warm yet");
    }
}
