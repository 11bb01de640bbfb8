namespace ConnectChat.LocalCluster.Topologies;

/// <summary>What a running topology tells other programs, in <c>run.json</c> of its data directory.</summary>
internal sealed record RunState
{
    public required int ProcessId { get; init; }

    public required IReadOnlyList<string> Gateways { get; init; }

    /// <summary>Where each gateway answers operators (<c>POST /admin/drain</c>), in the order of <see cref="Gateways"/>.</summary>
    public IReadOnlyList<string> Operators { get; init; } = [];

    public required string Groups { get; init; }

    public required string Messaging { get; init; }

    public required string Kafka { get; init; }

    public required string DynamoDb { get; init; }

    public string? Dashboard { get; init; }

    public required IReadOnlyList<RunningService> Services { get; init; }

    public const string FileName = "run.json";

    public static string FileIn(string dataDirectory) => Path.Combine(dataDirectory, FileName);

    /// <summary>The topology that runs on a data directory; null when none does, or when its file is left over from one that was killed.</summary>
    /// <exception cref="CommandException">The directory or the file cannot be read.</exception>
    public static RunState? Find(string dataDirectory) =>
        File.Exists(dataDirectory) ? throw new CommandException($"The data directory {dataDirectory} is a file. Choose another with --data.")
        : DataFolder.IsTaken(dataDirectory) ? PrivateFile.Read<RunState>(FileIn(dataDirectory), "Start it again with: ./dev run")
        : null;

    /// <summary>The topology that runs on a data directory.</summary>
    /// <exception cref="CommandException">None does, or it is still starting.</exception>
    public static RunState Of(string dataDirectory) => Find(dataDirectory)
        ?? throw new CommandException($"Nothing runs on {Path.GetFullPath(dataDirectory)}. Start it with: ./dev run");
}

/// <summary>One child process.</summary>
internal sealed record RunningService(string Name, int ProcessId, string Log);
