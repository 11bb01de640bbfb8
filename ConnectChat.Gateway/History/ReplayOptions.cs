using System.ComponentModel.DataAnnotations;

namespace ConnectChat.Gateway.History;

/// <summary>Configuration section <c>Gateway</c>: how much of history a client may ask for at once.</summary>
public sealed class ReplayOptions
{
    /// <summary>Messages of one group replayed by one Resume. 1 to 1,000,000, default 10,000.</summary>
    [Range(1, 1_000_000)]
    public int ReplayLimit { get; set; } = 10_000;

    /// <summary>How long a replay waits for a client to read before the client is cut off. 1 s to 10 minutes, default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ReplayPatience { get; set; } = TimeSpan.FromSeconds(30);
}
