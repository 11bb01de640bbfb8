using ConnectChat.ServiceDefaults.Authentication;
using ConnectChat.ServiceDefaults.Health;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.ClientFactory;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using HealthClient = Grpc.Health.V1.Health.HealthClient;

namespace ConnectChat.ServiceDefaults.Rpc;

/// <summary>gRPC clients of the product's own services.</summary>
public static class ServiceClientExtensions
{
    // A run of history may hold a hundred of the largest bodies; the default of 4 MB would refuse it.
    private const int MaximumReceiveBytes = 64 << 20;

    /// <summary>
    /// Registers a client of a service, found as endpoint <c>grpc</c> of its name (<c>services:NAME:grpc:0</c>), with a service token and
    /// a deadline on every call, and the service as a dependency of <c>/health</c>.
    /// </summary>
    /// <param name="builder">The service that calls.</param>
    /// <param name="service">The service that is called.</param>
    /// <param name="probeTimeout">One of <see cref="ProbeTimeouts"/>.</param>
    /// <param name="callTimeout">How long a call may take that is given no deadline of its own.</param>
    public static void AddServiceClient<TClient>(
        this IHostApplicationBuilder builder, string service, TimeSpan probeTimeout, Func<IServiceProvider, TimeSpan> callTimeout)
        where TClient : ClientBase
    {
        var address = Address(builder.Configuration, service);
        builder.Services.AddServiceClient<TClient>(typeof(TClient).FullName!, address)
            .AddInterceptor(services => new DeadlineInterceptor(callTimeout(services), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddServiceClient<HealthClient>(service, address);
        builder.AddDependency(service, probeTimeout, async (services, token) =>
        {
            var health = services.GetRequiredService<GrpcClientFactory>().CreateClient<HealthClient>(service);
            var reply = await health.CheckAsync(new HealthCheckRequest(), cancellationToken: token);
            return reply.Status == HealthCheckResponse.Types.ServingStatus.Serving ? null : "is up, but not serving";
        });
    }

    private static IHttpClientBuilder AddServiceClient<TClient>(this IServiceCollection services, string name, Uri address)
        where TClient : ClientBase => services
            .AddGrpcClient<TClient>(name, client => client.Address = address)
            .ConfigureChannel(channel => channel.MaxReceiveMessageSize = MaximumReceiveBytes)
            .ConfigurePrimaryHttpMessageHandler(Handler)
            .AddInternalAuthentication();

    // Service discovery puts host and port in place and leaves the scheme as it is.
    private static Uri Address(IConfiguration configuration, string service)
    {
        var tls = configuration[$"services:{service}:grpc:0"]?.StartsWith($"{Uri.UriSchemeHttps}:", StringComparison.OrdinalIgnoreCase) == true;
        return new Uri($"{(tls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp)}://_grpc.{service}");
    }

    // Behind a balancer of connections one connection pins to one target: renewed at different times, they spread over all.
    private static SocketsHttpHandler Handler() => new()
    {
        EnableMultipleHttp2Connections = true,
        PooledConnectionLifetime = TimeSpan.FromSeconds(120 + Random.Shared.Next(180)),
        KeepAlivePingDelay = TimeSpan.FromSeconds(60),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        ConnectTimeout = TimeSpan.FromSeconds(2),
    };
}
