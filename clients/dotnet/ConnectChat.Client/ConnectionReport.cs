namespace ConnectChat.Client;

/// <summary>What became of a connection.</summary>
public enum ConnectionChange
{
    /// <summary>It was made.</summary>
    Connected,

    /// <summary>It was lost: the gateway died, closed it, or the network did.</summary>
    Lost,

    /// <summary>It was left, because its gateway drains and asked for that.</summary>
    Draining,

    /// <summary>It could not be made.</summary>
    Failed,
}

/// <summary>What became of a connection, and when the client tries the next one.</summary>
/// <param name="Change">What happened.</param>
/// <param name="Endpoint">The gateway that the connection is or was to.</param>
/// <param name="Pause">How long the client waits before it tries the next endpoint; null when connected.</param>
/// <param name="Reason">Why the connection could not be made; null otherwise.</param>
public sealed record ConnectionReport(ConnectionChange Change, Uri Endpoint, TimeSpan? Pause, Exception? Reason);
