namespace ConnectChat.AppHost.Demo;

/// <summary>One message and its way.</summary>
/// <param name="ClientMessageId">What it was sent under.</param>
/// <param name="Sequence">Its place in the group.</param>
/// <param name="Accepted">From the call until a gateway had it on the bus.</param>
/// <param name="Arrived">From the call until each receiver had it.</param>
internal sealed record DemoMessage(string ClientMessageId, long Sequence, TimeSpan Accepted, IReadOnlyList<TimeSpan> Arrived)
{
    /// <summary>When the last receiver had it.</summary>
    public TimeSpan Last => Arrived.Max();
}

/// <summary>What became of a command's messages.</summary>
internal sealed record DemoOutcome
{
    /// <summary>The gateway that took them.</summary>
    public required string SentThrough { get; init; }

    /// <summary>The gateways that a member of the group is connected to.</summary>
    public required IReadOnlyList<string> Gateways { get; init; }

    /// <summary>The messages, in the order of their calls.</summary>
    public required IReadOnlyList<DemoMessage> Messages { get; init; }

    /// <summary>Records of these messages on the outgoing topic, counted there.</summary>
    public required int Records { get; init; }

    /// <summary>Recipients in the record of a message.</summary>
    public required int Recipients { get; init; }

    /// <summary>The trace of a single message; null for several, and for one that was not sampled.</summary>
    public string? TraceId { get; init; }
}
