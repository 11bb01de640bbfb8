using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Authentication;
using ConnectChat.Gateway.Backpressure;
using ConnectChat.Gateway.Connections;
using ConnectChat.Gateway.Deliveries;
using ConnectChat.Gateway.Deliveries.Kinds;
using ConnectChat.Gateway.Draining;
using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.Groups;
using ConnectChat.Gateway.History;
using ConnectChat.Gateway.Hub;
using ConnectChat.Gateway.Landing;
using ConnectChat.Gateway.RateLimits;
using ConnectChat.Gateway.Sending;
using ConnectChat.Gateway.SendQueues;
using ConnectChat.Gateway.Telemetry;
using ConnectChat.Kafka;
using ConnectChat.ServiceDefaults.Health;
using ConnectChat.ServiceDefaults.Readiness;
using ConnectChat.ServiceDefaults.Rpc;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using GroupsClient = ConnectChat.Contracts.Groups.Groups.GroupsClient;
using HistoryClient = ConnectChat.Contracts.History.History.HistoryClient;

namespace ConnectChat.Gateway;

/// <summary>The service, for its own host and for tests that run it in-process.</summary>
public static class GatewayExtensions
{
    /// <summary>Largest message of a client, so that a body of somewhat more than the limit gets an answer instead of a closed connection.</summary>
    private const int MaximumReceiveBytes = 1 << 20;

    /// <summary>Registers the service. Call after <c>AddServiceDefaults</c>.</summary>
    public static void AddGateway(this WebApplicationBuilder builder)
    {
        builder.AddSettings<GatewayOptions>();
        builder.Services.AddSingleton<IValidateOptions<GatewayOptions>, AllowedOriginsValidation>();
        builder.Services.AddSingleton<GatewayTelemetry>();
        builder.AddUserAuthentication();
        builder.AddServices();
        builder.AddBus();
        builder.AddConnections();
        builder.AddDraining();
        builder.AddRest();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = BodyLimits.Default);
        builder.WebHost.ConfigureKestrel(OperatorsPort.Configure);
        builder.Services.AddSingleton<LandingPage>();
    }

    /// <summary>Maps the hub, the REST side, the operators' endpoint and the page at <c>/</c>.</summary>
    public static void MapGateway(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages(Problems.WriteStatusAsync);
        app.UseRouting();
        app.UseCors();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseMiddleware<RequestLimits>();
        app.UseOutputCache();
        app.UseWhen(
            context => context.Request.Path.StartsWithSegments(HubContract.Path),
            hub => hub.UseMiddleware<Admission>().UseMiddleware<DirectUpgrade>());

        app.MapHub<ChatHub>(HubContract.Path, hub => hub.CloseOnAuthenticationExpiration = true).RequireAuthorization().WithBodyLimit(BodyLimits.Hub);
        app.MapGroups();
        app.MapMine();
        app.MapMessages();
        app.MapAdministration();
        app.MapOpenApi().AllowAnonymous().CacheOutput(page => page.Expire(TimeSpan.FromMinutes(10)).SetVaryByHost(false).SetVaryByQuery([]));
        app.MapLanding();
    }

    // Each feature has an options class of its own; in configuration they all are the one section Gateway.
    private static OptionsBuilder<TOptions> AddSettings<TOptions>(this WebApplicationBuilder builder)
        where TOptions : class => builder.Services.AddOptions<TOptions>().BindConfiguration(GatewayOptions.Section).ValidateDataAnnotations().ValidateOnStart();

    private static void AddServices(this WebApplicationBuilder builder)
    {
        builder.AddServiceClient<GroupsClient>("groups", ProbeTimeouts.Groups, CallTimeout);
        builder.AddServiceClient<HistoryClient>("messaging", ProbeTimeouts.Messaging, CallTimeout);
        builder.AddSettings<ConnectionOptions>();
        builder.Services.AddSingleton<UserNumbers>();
        builder.Services.AddSingleton<ConnectionPlaces>();

        static TimeSpan CallTimeout(IServiceProvider services) => services.GetRequiredService<IOptions<GatewayOptions>>().Value.CallTimeout;
    }

    private static void AddBus(this WebApplicationBuilder builder)
    {
        builder.AddProducer();
        builder.AddConsumer(consumer =>
        {
            // Required by the client, used for nothing: partitions are assigned by hand and nothing is committed.
            consumer.GroupId = "gateway";
            consumer.EnableAutoCommit = false;
        });
        builder.AddSettings<DeliveryOptions>();
        builder.AddSettings<RateLimitOptions>();
        builder.Services.AddSingleton<UserRateLimits>();
        builder.AddSettings<BackpressureOptions>();
        builder.Services.AddSingleton<GroupBacklogs>();
        builder.Services.AddSingleton<Strangers>();
        builder.Services.AddSingleton<IncomingPublisher>();
        builder.Services.AddSingleton<MessageSender>();
        builder.Services.AddSingleton<AdmissionGate>();
        builder.Services.AddSingleton(services =>
        {
            var connections = new LocalConnections();
            services.GetRequiredService<GatewayTelemetry>().ObserveConnections(() => connections.Count);
            return connections;
        });
        builder.Services.AddSingleton<DeliveryKind, MessageKind>();
        builder.Services.AddSingleton<DeliveryKind, RejectionKind>();
        builder.Services.AddSingleton<DeliveryKind, MissedKind>();
        builder.Services.AddSingleton<DeliveryKinds>();
        builder.Services.AddSingleton<RecentGroups>();
        builder.Services.AddSingleton<MissedRecords>();
        builder.Services.AddSingleton<LocalFanOut>();
        builder.Services.AddSingleton<OutgoingConsumer>();
        builder.AddWarmUp<DeliveryWarmUp>();
        builder.Services.AddHostedService(services => services.GetRequiredService<OutgoingConsumer>());
        builder.AddCondition("outgoing-positions", services =>
            !services.GetRequiredService<OutgoingConsumer>().Positioned ? "not every partition is positioned yet"
            : services.GetRequiredService<AdmissionGate>().IsReading ? null : "the bus is silent");
    }

    private static void AddConnections(this WebApplicationBuilder builder)
    {
        Array.ForEach(RefusalFilter.SilencedCategories, category => builder.Logging.AddFilter(category, LogLevel.None));
        builder.Services
            .AddSignalR(hub =>
            {
                hub.MaximumReceiveMessageSize = MaximumReceiveBytes;
                // RefusalFilter is outermost, so CallSpanFilter sees refusals before they become what clients get.
                hub.AddFilter<RefusalFilter>();
                hub.AddFilter<CallSpanFilter>();
            })
            .AddStrictProtocols();
        builder.AddSettings<SendQueueOptions>()
            .Configure<IConfiguration>((queue, configuration) => queue.ReadFormerNames(configuration.GetSection(GatewayOptions.Section)));
        builder.AddSettings<ReplayOptions>();
        builder.Services.AddSingleton<HubLifetimeManager<ChatHub>, CapturingLifetimeManager>();
        builder.Services.AddSingleton<ConnectionFactory>();
        builder.Services.AddSingleton<HistoryReader>();
        builder.Services.AddSingleton<HistoryQueries>();
        builder.Services.AddSingleton<OutcomeQueries>();
        builder.Services.AddSingleton<Replay>();
        builder.Services.AddSingleton<Resuming>();
    }

    private static void AddDraining(this WebApplicationBuilder builder)
    {
        builder.AddSettings<DrainOptions>();
        builder.Services.AddSingleton<Drain>();
        builder.Services.AddSingleton(services => new Lazy<Drain>(services.GetRequiredService<Drain>));
        builder.Services.AddSingleton<DrainingLifetime>();
        builder.Services.AddSingleton<IHostLifetime>(services => services.GetRequiredService<DrainingLifetime>());
        builder.Services.AddHostedService(services => services.GetRequiredService<DrainingLifetime>());
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<DrainOptions>>((host, drain) =>
            host.ShutdownTimeout = drain.Value.DrainWindow + TimeSpan.FromSeconds(20));
        builder.AddCondition("admission", services => services.GetRequiredService<Drain>().Started ? "draining" : null);
    }

    private static void AddRest(this WebApplicationBuilder builder)
    {
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<Problems>();
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.AddOpenApi(api => api.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Connect Chat";

            // By default the address that the caller named, which is not to be shown to others.
            document.Servers = null;
            document.Info.Description =
                "Groups, history, and sending for servers and scripts. Clients send and receive over the hub at /hubs/chat (/docs/protocol.md).";
            return Task.CompletedTask;
        }));

        // Anyone may ask for the description, and it is always the same.
        builder.Services.AddOutputCache();
        builder.Services.AddCors();
        builder.Services.AddOptions<Microsoft.AspNetCore.Cors.Infrastructure.CorsOptions>().Configure<IOptions<GatewayOptions>>((cors, gateway) =>
            cors.AddDefaultPolicy(policy => policy.WithOrigins(gateway.Value.AllowedOrigins).AllowAnyHeader().AllowAnyMethod().AllowCredentials()));
    }
}
