using System.ComponentModel.DataAnnotations;

namespace ConnectChat.ServiceDefaults.Telemetry;

/// <summary>How many traces are kept. Configuration section <c>Telemetry:Sampling</c>.</summary>
public sealed class SamplingOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Telemetry:Sampling";

    /// <summary>The share of all messages that may be traced: 0 to 1, default 1.</summary>
    [Range(0.0, 1.0)]
    public double Ratio { get; set; } = 1;

    /// <summary>
    /// Groups of up to this many members are traced at <see cref="Ratio"/>, larger ones in inverse proportion to their size, so that one
    /// message to 10,000 members costs no more telemetry than any other: 1 to 1,000,000. Default 10, and 1,000,000 in Development, where
    /// every message is wanted.
    /// </summary>
    [Range(1, 1_000_000)]
    public int FullRateGroupSize { get; set; } = 10;
}
