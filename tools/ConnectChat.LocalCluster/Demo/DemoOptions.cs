namespace ConnectChat.LocalCluster.Demo;

/// <summary>What the demo does.</summary>
internal sealed record DemoOptions
{
    /// <summary>Members of the group, the owner included.</summary>
    public required int Members { get; init; }

    /// <summary>How many of them are connected, spread over the gateways.</summary>
    public required int Connected { get; init; }

    /// <summary>Messages sent.</summary>
    public required int Messages { get; init; }

    /// <summary>Messages per second.</summary>
    public required double Rate { get; init; }

    /// <summary>How many of the connected take turns in sending.</summary>
    public int Senders { get; init; } = 5;

    /// <summary>The pause between connecting everyone and the first message.</summary>
    public TimeSpan Settling { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the last message may take to reach the last member.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);
}
