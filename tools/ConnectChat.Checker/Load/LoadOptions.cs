namespace ConnectChat.Checker.Load;

/// <summary>How much is done at once.</summary>
internal sealed record LoadOptions
{
    /// <summary>Users; every third has two devices.</summary>
    public int Users { get; init; } = 24;

    /// <summary>Groups. Each is owned by another user, and about half of all users are in it.</summary>
    public int Groups { get; init; } = 8;

    /// <summary>Messages per second, all together.</summary>
    public double Rate { get; init; } = 40;

    /// <summary>The pause between two changes of one group's members, on average.</summary>
    public TimeSpan ChangeEvery { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The pause between two devices that leave and come back, on average, of each of two such series.</summary>
    public TimeSpan LeaveEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The pause between two reads of history, on average.</summary>
    public TimeSpan ReadEvery { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Chooses who does what.</summary>
    public int Seed { get; init; } = 1;
}
