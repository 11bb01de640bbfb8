using System.ComponentModel.DataAnnotations;
using ConnectChat.Contracts;

namespace ConnectChat.Kafka;

/// <summary>Partitions and retention of topics that do not exist yet. Configuration section <c>Kafka:Topics</c>.</summary>
/// <remarks>Adding partitions later breaks the order per group: over-provision.</remarks>
public sealed class KafkaTopicsOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Kafka:Topics";

    /// <summary>1 to 1,000, default 12.</summary>
    [Range(1, 1_000)]
    public int IncomingPartitions { get; set; } = TopicSchema.Incoming.Partitions;

    /// <summary>1 to 1,000, default 12.</summary>
    [Range(1, 1_000)]
    public int OutgoingPartitions { get; set; } = TopicSchema.Outgoing.Partitions;

    /// <summary>1 to 7, or -1 for the broker's default, which is the default.</summary>
    [Range(-1, 7)]
    public short ReplicationFactor { get; set; } = -1;

    /// <summary>How long incoming records are kept; default one day.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "30.00:00:00")]
    public TimeSpan IncomingRetention { get; set; } = TopicSchema.Incoming.Retention;

    /// <summary>How long outgoing records are kept; default one hour, since replay comes from history.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "30.00:00:00")]
    public TimeSpan OutgoingRetention { get; set; } = TopicSchema.Outgoing.Retention;
}
