using System.ComponentModel.DataAnnotations;

namespace ConnectChat.Gateway.Draining;

/// <summary>Configuration section <c>Gateway</c>: how a gateway that ends lets go of its connections.</summary>
public sealed class DrainOptions
{
    /// <summary>Over how long a drain spreads its closes. 0 to 10 minutes, default 5 s; 60–90 s behind a load balancer.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan DrainWindow { get; set; } = TimeSpan.FromSeconds(5);
}
