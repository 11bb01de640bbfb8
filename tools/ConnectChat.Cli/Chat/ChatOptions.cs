namespace ConnectChat.Cli.Chat;

/// <summary>What a <see cref="ChatSession"/> is about.</summary>
internal sealed record ChatOptions
{
    /// <summary>The group id.</summary>
    public required string Group { get; init; }

    /// <summary>How long replies are waited for at the end of piped input.</summary>
    public required TimeSpan Linger { get; init; }

    /// <summary>Lines come from a program: the session ends with them, and fails when one of them could not be sent.</summary>
    public required bool Piped { get; init; }

    /// <summary>How many messages of history are shown at the start.</summary>
    public int History { get; init; } = 20;
}
