using ConnectChat.ServiceDefaults.Health;
using ConnectChat.ServiceDefaults.Logging;
using ConnectChat.ServiceDefaults.Networking;
using ConnectChat.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace ConnectChat.ServiceDefaults;

/// <summary>What every service of the product has in common: telemetry, health, service discovery, the clock.</summary>
public static class Extensions
{
    /// <summary>Adds the defaults. Call it first.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        LoopbackIsDirect.MakeDefault();
        builder.AddLogFormat();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http => http.AddServiceDiscovery());
        builder.AddTelemetry();
        builder.AddHealth();
        return builder;
    }

    /// <summary>
    /// Maps <c>/health</c> (ready: every dependency answers, with since when each is up or down) and <c>/alive</c> (the process turns).
    /// Neither says anything that an outsider must not know. And <c>/</c>, for whoever opens the service's address: one line that says what
    /// it is; a service with a page of its own maps that instead.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealth();
        var line = $"This is {app.Environment.ApplicationName}, a service of Connect Chat. Its health: /health. Clients connect to a gateway.\n";
        app.MapMethods("/", [HttpMethods.Get, HttpMethods.Head], () => TypedResults.Text(line))
            .AllowAnonymous()
            .ExcludeFromDescription()
            .WithOrder(int.MaxValue);
        return app;
    }
}
