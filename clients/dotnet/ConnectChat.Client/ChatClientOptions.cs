namespace ConnectChat.Client;

/// <summary>What a <see cref="ChatClient"/> needs to know.</summary>
public sealed record ChatClientOptions
{
    /// <summary>Base addresses of gateways (<c>https://host:port</c>). The first is chosen at random, later ones in turn.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>
    /// Asked for a JWT before every connection. A token refused twice in a row ends the client. When it throws what a network may throw
    /// (<see cref="HttpRequestException"/> for no answer or a status that passes, <see cref="IOException"/>, <see cref="TimeoutException"/>)
    /// it is asked again after a pause; anything else ends the client.
    /// </summary>
    public required Func<Task<string>> TokenProvider { get; init; }

    /// <summary>
    /// Where to go on: group → last sequence that the application has dealt with, as <see cref="ChatClient.Positions"/> once said.
    /// A group that is not in here starts with its first message since the user joined.
    /// </summary>
    public IReadOnlyDictionary<string, long> Positions { get; init; } = new Dictionary<string, long>();

    /// <summary>
    /// How many messages may wait for the application, 1 or more, default 1,024. When they are too many the connection is not read, and
    /// the gateway may cut it; nothing is lost, since the client then resumes.
    /// </summary>
    public int InboxCapacity { get; init; } = 1_024;

    /// <summary>How long one attempt to connect, or one call, may take. Default 15 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>MessagePack frames, the default, or JSON.</summary>
    public bool UseMessagePack { get; init; } = true;

    /// <summary>
    /// Reads the user's groups from <c>GET /groups</c> at every connection, the default; otherwise only those in <see cref="Positions"/>
    /// and those that a message came from.
    /// </summary>
    public bool DiscoverGroups { get; init; } = true;

    /// <summary>
    /// True leaves out every group that is not in <see cref="Positions"/>: messages of others are dropped. For an application that shows
    /// some groups of its user only, and starts an unknown one at position 0. Default false.
    /// </summary>
    public bool OnlyPositions { get; init; }

    /// <summary>The clock; tests replace it.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
