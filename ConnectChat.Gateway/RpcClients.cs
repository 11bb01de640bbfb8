using ConnectChat.ServiceDefaults.Authentication;
using ConnectChat.ServiceDefaults.Health;
using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway;

/// <summary>gRPC clients of the other services, each with its health.</summary>
internal static class RpcClients
{
    /// <summary>A run of history may hold dozens of the largest bodies.</summary>
    private const int MaximumReceiveBytes = 64 << 20;

    public static void AddRpcClient<TClient>(this WebApplicationBuilder builder, string name, Func<GatewayOptions, Uri> address)
        where TClient : ClientBase
    {
        Add<TClient>(builder, typeof(TClient).FullName!, address);
        Add<Health.HealthClient>(builder, name, address);
        builder.AddDependency(name, async (services, token) =>
        {
            var health = services.GetRequiredService<Grpc.Net.ClientFactory.GrpcClientFactory>().CreateClient<Health.HealthClient>(name);
            var deadline = services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime.AddSeconds(1.5);
            var reply = await health.CheckAsync(new HealthCheckRequest(), deadline: deadline, cancellationToken: token);
            return reply.Status == HealthCheckResponse.Types.ServingStatus.Serving ? null : "is not serving";
        });
    }

    private static void Add<TClient>(WebApplicationBuilder builder, string name, Func<GatewayOptions, Uri> address)
        where TClient : ClientBase =>
        builder.Services
            .AddGrpcClient<TClient>(name, (services, client) => client.Address = address(services.GetRequiredService<IOptions<GatewayOptions>>().Value))
            .ConfigureChannel(channel => channel.MaxReceiveMessageSize = MaximumReceiveBytes)
            .ConfigurePrimaryHttpMessageHandler(Handler)
            .AddInternalAuthentication();

    // Behind a balancer of connections one connection pins to one target: several, renewed at different times, spread over all.
    private static SocketsHttpHandler Handler() => new()
    {
        EnableMultipleHttp2Connections = true,
        PooledConnectionLifetime = TimeSpan.FromSeconds(120 + Random.Shared.Next(180)),
        KeepAlivePingDelay = TimeSpan.FromSeconds(60),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        ConnectTimeout = TimeSpan.FromSeconds(2),
    };
}
