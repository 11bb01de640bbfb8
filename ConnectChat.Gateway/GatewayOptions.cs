using System.ComponentModel.DataAnnotations;

namespace ConnectChat.Gateway;

/// <summary>Configuration section <c>Gateway</c>. All errors are reported at start, each with its key.</summary>
public sealed class GatewayOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Gateway";

    /// <summary>How this instance is called on spans and in logs. Default: machine name and process id.</summary>
    [Required]
    public string Id { get; set; } = $"{Environment.MachineName}-{Environment.ProcessId}";

    /// <summary>Connections admitted at once; more get 503 with Retry-After. 1 to 1,000,000, default 15,000.</summary>
    [Range(1, 1_000_000)]
    public int MaximumConnections { get; set; } = 15_000;

    /// <summary>Over how long a drain spreads its closes. 0 to 10 minutes, default 5 s; 60–90 s behind a load balancer.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan DrainWindow { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Origins of browsers that may call (CORS), each exactly as a browser sends it: scheme and host in lower case, a port only when it is
    /// not the scheme's own, no path and no slash at the end, like <c>https://chat.example.com</c>. Default none.
    /// </summary>
    public string[] AllowedOrigins { get; set; } = [];

    /// <summary>How long a call to Groups or Messaging may take. 100 ms to 1 minute, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Frames that may wait for one connection; with more it is cut off. 16 to 100,000, default 1,000.</summary>
    [Range(16, 100_000)]
    public int OutboxFrames { get; set; } = 1_000;

    /// <summary>Bytes that may wait for one connection; with more it is cut off. 1 MiB (two frames of the largest body) to 64 MiB, default 1 MiB.</summary>
    [Range(1 << 20, 64 << 20)]
    public int OutboxBytes { get; set; } = 1 << 20;

    /// <summary>False sends every frame through SignalR's own pipeline, for comparison. Default true.</summary>
    public bool DirectWrites { get; set; } = true;

    /// <summary>Messages of one group replayed by one Resume. 1 to 1,000,000, default 10,000.</summary>
    [Range(1, 1_000_000)]
    public int ReplayLimit { get; set; } = 10_000;

    /// <summary>How long a replay waits for a client to read before the client is cut off. 1 s to 10 minutes, default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ReplayPatience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Resumes of one user at the same time, over all its devices. 1 to 1,000, default 4.</summary>
    [Range(1, 1_000)]
    public int ConcurrentResumes { get; set; } = 4;

    /// <summary>Groups whose last sequence is remembered to recognise a re-publish. 16 to 10,000,000, default 100,000: about 15 MB.</summary>
    [Range(16, 10_000_000)]
    public int RememberedGroups { get; set; } = 100_000;

    /// <summary>Users whose number is remembered. 16 to 10,000,000, default 200,000: about 30 MB.</summary>
    [Range(16, 10_000_000)]
    public int RememberedUsers { get; set; } = 200_000;

    /// <summary>How often the topic is asked for new partitions. 100 ms to 10 minutes, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan NewPartitionsEvery { get; set; } = TimeSpan.FromSeconds(5);

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
}
