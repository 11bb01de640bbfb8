using ConnectChat.Checker.Load;

namespace ConnectChat.Checker;

/// <summary>What is checked, and how hard.</summary>
internal sealed record CheckOptions
{
    /// <summary>How long there is traffic.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Kinds of faults; none for none.</summary>
    public IReadOnlyCollection<string> Faults { get; init; } = [];

    /// <summary>Decides which faults come when, and who does what.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many gateways.</summary>
    public int Gateways { get; init; } = 2;

    /// <summary>Bootstrap servers of a Kafka that runs already; null for one of the checker's own.</summary>
    public string? Kafka { get; init; }

    /// <summary>Real brokers to start; 0 for the embedded one.</summary>
    public int Brokers { get; init; }

    /// <summary>How much is done at once; its seed is <see cref="Seed"/>.</summary>
    public LoadOptions Load { get; init; } = new();

    /// <summary>Where the history is written.</summary>
    public required string HistoryFile { get; init; }

    /// <summary>How long everything may take to come once traffic has ended.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(30);
}
