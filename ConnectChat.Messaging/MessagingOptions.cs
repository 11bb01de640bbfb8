using System.ComponentModel.DataAnnotations;

namespace ConnectChat.Messaging;

/// <summary>How messages are processed. Configuration section <c>Messaging</c>.</summary>
public sealed class MessagingOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Messaging";

    /// <summary>The consumer group that all instances share; default <c>messaging</c>.</summary>
    [Required]
    public string ConsumerGroup { get; set; } = "messaging";

    /// <summary>Groups worked on at once by this instance, 1 to 1,024, default 64. Groups that wait for a dependency do not count.</summary>
    [Range(1, 1_024)]
    public int Concurrency { get; set; } = 64;

    /// <summary>Records of one group that are taken together when they wait, 1 to 100, default 100.</summary>
    [Range(1, 100)]
    public int BatchRecords { get; set; } = 100;

    /// <summary>Records of one partition that are read and unfinished before reading pauses, 1 to 1,000,000, default 20,000.</summary>
    [Range(1, 1_000_000)]
    public int InFlightPerPartition { get; set; } = 20_000;

    /// <summary>Bytes of one partition that are read and unfinished before reading pauses, 64 KiB to 1 GiB, default 16 MiB.</summary>
    [Range(64 << 10, 1 << 30)]
    public int InFlightBytesPerPartition { get; set; } = 16 << 20;

    /// <summary>Groups of one partition whose state is kept in memory, 16 to 100,000, default 500.</summary>
    [Range(16, 100_000)]
    public int CachedGroupsPerPartition { get; set; } = 500;

    /// <summary>Encoded recipient sets kept in memory, 16 to 1,000,000, default 5,000.</summary>
    [Range(16, 1_000_000)]
    public int CachedRecipientSets { get; set; } = 5_000;

    /// <summary>
    /// Messages of a group whose client ids are remembered in memory, 1 to 1,000, default 100. Older repetitions are found as well, at
    /// the cost of a failed write.
    /// </summary>
    [Range(1, 1_000)]
    public int RecentMessages { get; set; } = 100;

    /// <summary>How long one call to Groups may take before it counts as failed, 0.1 to 60 s, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan GroupsTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause between two tries of a dependency that is down, 0.1 to 60 s, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan RetryPause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long giving up a partition waits for the work on it, 0 to 60 s, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
