using Confluent.Kafka;
using ConnectChat.Messaging.Groups;
using ConnectChat.Messaging.History;
using ConnectChat.Messaging.Processing;
using ConnectChat.ServiceDefaults.Authentication;
using ConnectChat.ServiceDefaults.DynamoDb;
using ConnectChat.ServiceDefaults.Health;
using ConnectChat.ServiceDefaults.Kafka;
using Grpc.Health.V1;
using GroupsClient = ConnectChat.Contracts.Groups.Groups.GroupsClient;

namespace ConnectChat.Messaging;

/// <summary>Puts Messaging together.</summary>
public static class MessagingExtensions
{
    private static readonly Uri GroupsAddress = new("http://_grpc.groups");

    /// <summary>Registers the processing of messages and the service of history. Call it after the service defaults.</summary>
    public static void AddMessaging(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<MessagingOptions>().BindConfiguration(MessagingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<MessagingTelemetry>();
        builder.AddGroupsClient();
        builder.AddHistory();
        builder.AddProcessing();
    }

    /// <summary>Maps History and the health of the service, both for gRPC.</summary>
    public static void MapMessaging(this WebApplication app)
    {
        app.MapGrpcService<HistoryService>();
        app.MapGrpcHealthChecksService().AllowAnonymous();
    }

    private static void AddGroupsClient(this IHostApplicationBuilder builder)
    {
        builder.Services.AddGrpcClient<GroupsClient>(client => client.Address = GroupsAddress)
            .AddInternalAuthentication()
            .ConfigurePrimaryHttpMessageHandler(ConnectQuickly);
        builder.Services.AddGrpcClient<Health.HealthClient>(client => client.Address = GroupsAddress)
            .ConfigurePrimaryHttpMessageHandler(ConnectQuickly);
        builder.Services.AddSingleton<RecipientSource>();
        builder.AddDependency("groups", async (services, token) =>
        {
            var reply = await services.GetRequiredService<Health.HealthClient>().CheckAsync(
                new HealthCheckRequest(),
                deadline: services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime.AddSeconds(1.5),
                cancellationToken: token);
            return reply.Status == HealthCheckResponse.Types.ServingStatus.Serving ? null : "is up, but not serving";
        });
    }

    private static void AddHistory(this IHostApplicationBuilder builder)
    {
        builder.AddDynamoDb();
        builder.RequireInternalAuthentication();
        builder.Services.AddOptions<TableOptions>().BindConfiguration(TableOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddOptions<HistoryOptions>().BindConfiguration(HistoryOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<HistoryStore>();
        builder.Services.AddHostedService<HistoryTable>();
        builder.Services.AddGrpc();
        builder.Services.AddGrpcHealthChecks();
    }

    private static void AddProcessing(this IHostApplicationBuilder builder)
    {
        builder.AddProducer();
        builder.AddConsumer(config =>
        {
            config.GroupId = builder.Configuration[$"{MessagingOptions.Section}:{nameof(MessagingOptions.ConsumerGroup)}"]
                ?? new MessagingOptions().ConsumerGroup;

            // After a crash the partitions wait this long for a new owner; the client's default is 45 s.
            config.SessionTimeoutMs = 10_000;
            config.HeartbeatIntervalMs = 1_000;
            config.PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky;
        });
        builder.Services.AddSingleton<DependencyRetry>();
        builder.Services.AddSingleton<MessageProcessor>();
        builder.Services.AddSingleton<OutgoingPublisher>();
        builder.Services.AddSingleton<DeadLetters>();
        builder.Services.AddSingleton<RecordHandler>();
        builder.AddWarmUp<ProcessingWarmUp>();
        builder.Services.AddSingleton<IncomingConsumer>();
        builder.Services.AddSingleton<IPartitionListener>(services => services.GetRequiredService<IncomingConsumer>());
        builder.Services.AddHostedService(services => services.GetRequiredService<IncomingConsumer>());
    }

    // Connections are renewed, so that several instances behind one address all get their share.
    private static SocketsHttpHandler ConnectQuickly() => new()
    {
        ConnectTimeout = TimeSpan.FromSeconds(2),
        EnableMultipleHttp2Connections = true,
        KeepAlivePingDelay = TimeSpan.FromSeconds(60),
        PooledConnectionLifetime = TimeSpan.FromMinutes(3),
    };
}
