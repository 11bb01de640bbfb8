using System.ComponentModel.DataAnnotations;

namespace ConnectChat.Gateway.Deliveries;

/// <summary>Configuration section <c>Gateway</c>: what the reader of the bus remembers and how often it looks for new partitions.</summary>
public sealed class DeliveryOptions
{
    /// <summary>Groups whose last sequence is remembered to recognise a re-publish. 16 to 10,000,000, default 100,000: about 15 MB.</summary>
    [Range(16, 10_000_000)]
    public int RememberedGroups { get; set; } = 100_000;

    /// <summary>How often the topic is asked for new partitions. 100 ms to 10 minutes, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan NewPartitionsEvery { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the bus may be silent before this gateway admits nobody any more, and says of no replay that it is complete, until it reads
    /// again. 1 s to 10 minutes, default 15 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan BusSilence { get; set; } = TimeSpan.FromSeconds(15);
}
