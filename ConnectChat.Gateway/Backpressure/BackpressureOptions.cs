using System.ComponentModel.DataAnnotations;

namespace ConnectChat.Gateway.Backpressure;

/// <summary>Configuration section <c>Gateway</c>: how far a group may fall behind what this gateway accepts for it.</summary>
public sealed class BackpressureOptions
{
    /// <summary>
    /// How long the oldest accepted send of a group may wait for its outcome before further ones are refused. 500 ms to 10 minutes, default
    /// 5 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:10:00")]
    public TimeSpan MostBehind { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a send may have to wait, by the pace at which its group's are done, before it is refused. 100 ms to 10 minutes, default 1 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan MostWaiting { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Sends of a group that may wait whatever its pace, which for a group that just began to speak is unknown. 1 to 1,000,000, default 200.
    /// </summary>
    [Range(1, 1_000_000)]
    public int AlwaysWaiting { get; set; } = 200;
}
