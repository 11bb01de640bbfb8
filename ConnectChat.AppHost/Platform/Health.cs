using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ConnectChat.AppHost.Platform;

/// <summary>Where services say how they are, and how often they are asked.</summary>
internal static class Health
{
    /// <summary>200 when the service and all that it needs are ready.</summary>
    public const string ReadyPath = "/health";

    /// <summary>200 while the process is running.</summary>
    public const string LivePath = "/alive";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Aspire asks a healthy resource every 30 s, so that who needs a dead service would look well for half a minute. The interval has no
    /// public setting (13.6); where it cannot be set, Aspire's stays, and a test says so.
    /// </summary>
    public static void AskHealthOften(this IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsRunMode)
        {
            builder.Services.AddHostedService<Often>();
        }
    }

    private sealed class Often(IServiceProvider services) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            foreach (var service in services.GetServices<IHostedService>().Where(service => service.GetType().Name == "ResourceHealthCheckService"))
            {
                service.GetType()
                    .GetProperty("HealthyHealthCheckInterval", BindingFlags.Instance | BindingFlags.NonPublic)
                    ?.SetValue(service, Interval);
            }

            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
