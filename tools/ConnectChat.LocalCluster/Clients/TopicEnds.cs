using Confluent.Kafka;

namespace ConnectChat.LocalCluster.Clients;

/// <summary>Where a topic ends, for whoever reads only what comes from now on.</summary>
internal static class TopicEnds
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>The end of each partition at this moment. Explicit offsets and not <see cref="Offset.End"/>, which would be looked up later.</summary>
    /// <exception cref="KafkaException">Kafka does not answer within 10 s.</exception>
    public static List<TopicPartitionOffset> EndsOf<TKey, TValue>(this IConsumer<TKey, TValue> consumer, string topic)
    {
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        return admin.GetMetadata(topic, Timeout).Topics.Single().Partitions
            .ConvertAll(found => new TopicPartition(topic, found.PartitionId))
            .ConvertAll(partition => new TopicPartitionOffset(partition, consumer.QueryWatermarkOffsets(partition, Timeout).High));
    }
}
