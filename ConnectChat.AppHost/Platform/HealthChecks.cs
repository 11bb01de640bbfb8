using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ConnectChat.AppHost.Platform;

/// <summary>The health of what has no health endpoint of its own.</summary>
internal static class HealthChecks
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    // Loopback is never proxied, whatever the environment says.
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout };

    /// <summary>Healthy when a broker answers on the loopback port.</summary>
    public static IResourceBuilder<T> WithKafkaHealthCheck<T>(this IResourceBuilder<T> kafka, int port)
        where T : IResource
    {
        var admin =
            new Lazy<IAdminClient>(() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = $"127.0.0.1:{port}", ReconnectBackoffMaxMs = 1_000 })
            .SetLogHandler((_, _) => { })
            .Build());
        return kafka.WithCheck(token => Task.Run(() => Describe(admin.Value), token));
    }

    /// <summary>Healthy when anything at all is answered over HTTP.</summary>
    public static IResourceBuilder<T> WithAnswerHealthCheck<T>(this IResourceBuilder<T> resource, EndpointReference endpoint)
        where T : IResource => resource.WithCheck(async token =>
        {
            try
            {
                using var answer = await Http.GetAsync(new Uri(endpoint.Url), token);
                return HealthCheckResult.Healthy();
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                return HealthCheckResult.Unhealthy("does not answer");
            }
        });

    private static HealthCheckResult Describe(IAdminClient admin)
    {
        try
        {
            return admin.GetMetadata(Timeout).Brokers.Count > 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("no broker");
        }
        catch (KafkaException exception)
        {
            return HealthCheckResult.Unhealthy($"does not answer: {exception.Error.Code}");
        }
    }

    private static IResourceBuilder<T> WithCheck<T>(this IResourceBuilder<T> resource, Func<CancellationToken, Task<HealthCheckResult>> check)
        where T : IResource
    {
        var name = $"{resource.Resource.Name}-answers";
        resource.ApplicationBuilder.Services.AddHealthChecks().AddAsyncCheck(name, check);
        return resource.WithHealthCheck(name);
    }
}
