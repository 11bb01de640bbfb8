namespace ConnectChat.Contracts;

/// <summary>A way in which a gateway ends a connection.</summary>
/// <param name="Code">WebSocket close code; 0 when the connection is cut without a close frame (a client sees 1006).</param>
/// <param name="Name">Stable; on metrics and in the close reason.</param>
/// <param name="Reconnect">Whether the client should connect again.</param>
public sealed record CloseCode(ushort Code, string Name, bool Reconnect);

/// <summary>
/// Every way in which a gateway ends a connection; a test holds the table in <c>docs/protocol.md</c> to it. SignalR and the WebSocket
/// itself end connections as well, by codes of their own.
/// </summary>
public static class CloseCodes
{
    /// <summary>The gateway drains: connect again after the time in <c>Draining</c>, another gateway answers.</summary>
    public static readonly CloseCode Draining = new(1001, "draining", Reconnect: true);

    /// <summary>
    /// The client did not read fast enough: connect again and resume. No close frame: it would wait behind what was not read.
    /// </summary>
    public static readonly CloseCode TooSlow = new(0, "too_slow", Reconnect: true);

    /// <summary>The user, or the gateway, has as many connections as it may have: connect again after a pause.</summary>
    public static readonly CloseCode TooManyConnections = new(1013, "too_many_connections", Reconnect: true);

    /// <summary>So many calls in a row were refused: a fault of the client, which another connection does not mend.</summary>
    public static readonly CloseCode RefusedCalls = new(1008, "refused_calls", Reconnect: false);

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<CloseCode> All = [Draining, TooSlow, TooManyConnections, RefusedCalls];
}
