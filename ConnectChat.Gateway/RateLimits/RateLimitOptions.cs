using System.ComponentModel.DataAnnotations;

namespace ConnectChat.Gateway.RateLimits;

/// <summary>Configuration section <c>Gateway</c>: how much one user may ask of one gateway.</summary>
public sealed class RateLimitOptions
{
    /// <summary>Messages per second and user. 1 to 100,000, default 50.</summary>
    [Range(1, 100_000)]
    public int SendsPerSecond { get; set; } = 50;

    /// <summary>Messages of one user at once. 1 to 100,000, default 100.</summary>
    [Range(1, 100_000)]
    public int SendBurst { get; set; } = 100;

    /// <summary>Reads (history, resume, REST) per second and user. 1 to 100,000, default 50.</summary>
    [Range(1, 100_000)]
    public int ReadsPerSecond { get; set; } = 50;

    /// <summary>Reads of one user at once. 1 to 100,000, default 100.</summary>
    [Range(1, 100_000)]
    public int ReadBurst { get; set; } = 100;

    /// <summary>Attempts to connect (negotiations and WebSockets) per second and user. 1 to 100,000, default 10.</summary>
    [Range(1, 100_000)]
    public int ConnectsPerSecond { get; set; } = 10;

    /// <summary>Attempts to connect of one user at once. 1 to 100,000, default 100.</summary>
    [Range(1, 100_000)]
    public int ConnectBurst { get; set; } = 100;

    /// <summary>REST requests of one user at the same time, each of which may hold a body in memory. 1 to 10,000, default 16.</summary>
    [Range(1, 10_000)]
    public int ConcurrentRequests { get; set; } = 16;

    /// <summary>Resumes of one user at the same time, over all its devices. 1 to 1,000, default 4.</summary>
    [Range(1, 1_000)]
    public int ConcurrentResumes { get; set; } = 4;

    /// <summary>
    /// Groups that Resume reads per second and user; one with much to replay counts again for each further page. Those above it wait. 1 to
    /// 100,000, default 200.
    /// </summary>
    [Range(1, 100_000)]
    public int ReplaysPerSecond { get; set; } = 200;

    /// <summary>Groups that Resume reads for one user at once. 1 to 100,000, default 2,000: two calls of the most groups.</summary>
    [Range(1, 100_000)]
    public int ReplayBurst { get; set; } = 2_000;

    /// <summary>Pages of history read at the same time, each of up to 1 MiB; others wait. 1 to 10,000, default 32.</summary>
    [Range(1, 10_000)]
    public int ConcurrentHistoryReads { get; set; } = 32;

    /// <summary>Of those, for one user. 1 to 10,000, default 8.</summary>
    [Range(1, 10_000)]
    public int ConcurrentHistoryReadsPerUser { get; set; } = 8;
}
