using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ConnectChat.Kafka;

/// <summary>
/// The one seam to Kafka clients: through <c>Aspire.Confluent.Kafka</c> where its package restores, on plain <c>Confluent.Kafka</c>
/// with the same configuration keys where it does not (docs/decisions/0002-aspire-packages-seam.md).
/// </summary>
/// <remarks>
/// Keys: <c>ConnectionStrings:kafka</c>, <c>Aspire:Confluent:Kafka:Producer:Config:*</c>, <c>Aspire:Confluent:Kafka:Consumer:Config:*</c>.
/// Spans, metrics and health are the product's own in both cases: those of the integration know neither messages nor recipients, and
/// its health check produces to a topic that a locked-down cluster does not have.
/// </remarks>
public static class KafkaClientExtensions
{
    private const string ConnectionName = "kafka";

    /// <summary>
    /// Registers the one <see cref="IProducer{TKey,TValue}"/> of a service: acknowledged by all in-sync replicas, idempotent, in order.
    /// </summary>
    /// <param name="builder">The service.</param>
    /// <param name="configure">Changes the defaults; configuration has the last word.</param>
    public static void AddProducer(this IHostApplicationBuilder builder, Action<ProducerConfig>? configure = null)
    {
#if ASPIRE_CONFLUENT_KAFKA
        builder.AddKafkaProducer<string, byte[]>(
            ConnectionName,
            settings =>
            {
                (settings.DisableHealthChecks, settings.DisableTracing, settings.DisableMetrics) = (true, true, true);
                Configure(builder, settings.Config, Defaults, configure, "Producer");
            },
            (services, producer) => producer.SetErrorHandler(services.GetRequiredService<KafkaErrors>().OnProducerError)
                .SetOAuthBearerTokenRefreshHandler(services.GetRequiredService<MskTokens>().Refresh));
#else
        builder.Services.AddSingleton(services =>
        {
            var config = new ProducerConfig { BootstrapServers = BootstrapServers(builder) };
            Configure(builder, config, Defaults, configure, "Producer");
            return new ProducerBuilder<string, byte[]>(config)
                .SetErrorHandler(services.GetRequiredService<KafkaErrors>().OnProducerError)
                .SetLogHandler(services.GetRequiredService<KafkaErrors>().OnProducerLog)
                .SetOAuthBearerTokenRefreshHandler(services.GetRequiredService<MskTokens>().Refresh)
                .Build();
        });
#endif
        builder.AddKafkaCommon();
    }

    /// <summary>
    /// Registers the one <see cref="IConsumer{TKey,TValue}"/> of a service. Offsets are committed only when stored, after the work;
    /// assignments go to the registered <see cref="IPartitionListener"/>, if there is one.
    /// </summary>
    /// <param name="builder">The service.</param>
    /// <param name="configure">Changes the defaults; configuration has the last word.</param>
    public static void AddConsumer(this IHostApplicationBuilder builder, Action<ConsumerConfig> configure)
    {
#if ASPIRE_CONFLUENT_KAFKA
        builder.AddKafkaConsumer<string, byte[]>(
            ConnectionName,
            settings =>
            {
                (settings.DisableHealthChecks, settings.DisableTracing, settings.DisableMetrics) = (true, true, true);
                Configure(builder, settings.Config, Defaults, configure, "Consumer");
            },
            (services, consumer) => consumer.Listen(services));
#else
        builder.Services.AddSingleton(services =>
        {
            var config = new ConsumerConfig { BootstrapServers = BootstrapServers(builder) };
            Configure(builder, config, Defaults, configure, "Consumer");
            return new ConsumerBuilder<string, byte[]>(config)
                .Listen(services)
                .SetLogHandler(services.GetRequiredService<KafkaErrors>().OnConsumerLog)
                .Build();
        });
#endif
        builder.AddKafkaCommon();
    }

    /// <summary>The connection string.</summary>
    /// <exception cref="InvalidOperationException">It is missing.</exception>
    internal static string BootstrapServers(IHostApplicationBuilder builder) => builder.Configuration.GetConnectionString(ConnectionName)
        ?? throw new InvalidOperationException("ConnectionStrings:kafka is missing: the bootstrap servers, HOST:PORT[,HOST:PORT …].");

    private static ConsumerBuilder<string, byte[]> Listen(this ConsumerBuilder<string, byte[]> consumer, IServiceProvider services)
    {
        // Resolved when called: the listener itself needs the consumer that is being built here.
        consumer.SetErrorHandler(services.GetRequiredService<KafkaErrors>().OnConsumerError);
        consumer.SetOAuthBearerTokenRefreshHandler(services.GetRequiredService<MskTokens>().Refresh);
        if (services.GetService<IServiceProviderIsService>()?.IsService(typeof(IPartitionListener)) == true)
        {
            consumer.SetPartitionsAssignedHandler((_, partitions) =>
            {
                var offset = services.GetRequiredService<IPartitionListener>().Assigned(partitions);
                return partitions.Select(partition => new TopicPartitionOffset(partition, offset));
            });
            consumer.SetPartitionsRevokedHandler((_, partitions) => services.GetRequiredService<IPartitionListener>().Revoked(partitions));
            consumer.SetPartitionsLostHandler((_, partitions) => services.GetRequiredService<IPartitionListener>().Lost(partitions));
        }

        return consumer;
    }

    private static void Configure<TConfig>(
        IHostApplicationBuilder builder, TConfig config, Action<TConfig> defaults, Action<TConfig>? configure, string section)
        where TConfig : ClientConfig
    {
        defaults(config);
        configure?.Invoke(config);
        builder.Configuration.GetSection($"Aspire:Confluent:Kafka:{section}:Config").Bind(config);
        builder.Configuration.GetSection($"Aspire:Confluent:Kafka:{section}:{ConnectionName}:Config").Bind(config);

        // What is wrong here is refused when the options are validated, before any client connects.
        var security = builder.Configuration.GetSection(KafkaSecurityOptions.Section).Get<KafkaSecurityOptions>() ?? new KafkaSecurityOptions();
        security.Meaning?.Apply(config, security);
    }

    private static void Defaults(ProducerConfig config)
    {
        config.Acks = Acks.All;
        config.EnableIdempotence = true;
        config.LingerMs = 0;
        config.CompressionType = CompressionType.Lz4;

        // Longer than a cluster needs to replace a broker that died (9 s until it is fenced, then an election), so that the client's own
        // idempotent retries bridge it: a record that is given up and sent anew may be there twice.
        config.MessageTimeoutMs = 20_000;
        config.AllowAutoCreateTopics = false;
        Reconnect(config);
    }

    private static void Defaults(ConsumerConfig config)
    {
        config.EnableAutoOffsetStore = false;
        config.EnableAutoCommit = true;
        config.AutoCommitIntervalMs = 1_000;
        // A position that no longer exists (retention, a broker that lost its data) must not skip what is there.
        config.AutoOffsetReset = AutoOffsetReset.Earliest;
        config.FetchWaitMaxMs = 100;
        config.AllowAutoCreateTopics = false;
        Reconnect(config);
    }

    private static void Reconnect(ClientConfig config)
    {
        config.SocketNagleDisable = true;
        config.ReconnectBackoffMs = 50;
        config.ReconnectBackoffMaxMs = 1_000;
        config.TopicMetadataRefreshIntervalMs = 30_000;
    }
}
