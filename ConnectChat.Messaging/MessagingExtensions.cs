using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Kafka;
using ConnectChat.Messaging.Consuming;
using ConnectChat.Messaging.Events;
using ConnectChat.Messaging.History;
using ConnectChat.Messaging.Publishing;
using ConnectChat.Messaging.Recipients;
using ConnectChat.Messaging.Sequencing;
using ConnectChat.Messaging.Telemetry;
using ConnectChat.ServiceDefaults.Authentication;
using ConnectChat.ServiceDefaults.DynamoDb;
using ConnectChat.ServiceDefaults.Health;
using ConnectChat.ServiceDefaults.Readiness;
using ConnectChat.ServiceDefaults.Rpc;
using Microsoft.Extensions.Options;
using GroupsClient = ConnectChat.Contracts.Groups.Groups.GroupsClient;

namespace ConnectChat.Messaging;

/// <summary>Puts Messaging together.</summary>
public static class MessagingExtensions
{
    /// <summary>Registers the processing of messages and the service of history. Call it after the service defaults.</summary>
    public static void AddMessaging(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<MessagingOptions>().BindConfiguration(MessagingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<MessagingTelemetry>();
        builder.AddServiceClient<GroupsClient>(
            "groups", ProbeTimeouts.Groups, services => services.GetRequiredService<IOptions<MessagingOptions>>().Value.GroupsTimeout);
        builder.Services.AddSingleton<RecipientSource>();
        builder.AddHistory();
        builder.AddProcessing();
    }

    /// <summary>Maps History and the health of the service, both for gRPC.</summary>
    public static void MapMessaging(this WebApplication app)
    {
        app.MapGrpcService<HistoryService>();
        app.MapGrpcHealthChecksService().AllowAnonymous();
    }

    private static void AddHistory(this IHostApplicationBuilder builder)
    {
        builder.AddDynamoDb();
        builder.AddTable(TableSchema.History);
        builder.RequireInternalAuthentication();
        builder.Services.AddOptions<HistoryOptions>().BindConfiguration(HistoryOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<HistoryStore>();
        builder.Services.AddSingleton<ClientIds>();
        builder.Services.AddSingleton<HistoryLog>();
        builder.Services.AddGrpc(grpc => grpc.Interceptors.Add<FailureInterceptor>());
        builder.Services.AddGrpcHealthChecks();
    }

    private static void AddProcessing(this IHostApplicationBuilder builder)
    {
        // Nobody waits for an answer here, and a record must be on the topic once: Kafka's own default for the delivery of a record.
        // The records of a batch wait a moment for each other and leave as one request, so that they fail or arrive together.
        builder.AddProducer(config => (config.MessageTimeoutMs, config.LingerMs) = (120_000, 0.2));
        builder.AddConsumer(config =>
        {
            config.GroupId = builder.Configuration[$"{MessagingOptions.Section}:{nameof(MessagingOptions.ConsumerGroup)}"]
                ?? new MessagingOptions().ConsumerGroup;

            // After a crash the partitions wait this long for a new owner; the client's default is 45 s.
            config.SessionTimeoutMs = 6_000;
            config.HeartbeatIntervalMs = 1_000;
            config.PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky;
        });
        builder.Services.AddSingleton<DependencyRetry>();
        builder.Services.AddSingleton<EventRule, MessageRule>();
        builder.Services.AddSingleton<EventRules>();
        builder.Services.AddSingleton<IncomingEventReader>();
        builder.Services.AddSingleton<Judge>();
        builder.Services.AddSingleton<Departures>();
        builder.Services.AddSingleton<EventProcessor>();
        builder.Services.AddSingleton<OutgoingPublisher>();
        builder.Services.AddSingleton<DeadLetters>();
        builder.Services.AddSingleton<IBatchHandler, BatchHandler>();
        builder.AddWarmUp<ProcessingWarmUp>();
        builder.Services.AddSingleton<IncomingConsumer>();
        builder.Services.AddSingleton<IPartitionListener>(services => services.GetRequiredService<IncomingConsumer>());
        builder.Services.AddHostedService(services => services.GetRequiredService<IncomingConsumer>());
    }
}
