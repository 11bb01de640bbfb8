namespace ConnectChat.Gateway.SendQueues;

/// <summary>How a connection ends by the gateway's will, and what a client makes of it. The one catalogue; <c>docs/protocol.md</c> repeats it.</summary>
/// <param name="Code">WebSocket close code; 0 when the connection is cut without a close frame (a client sees 1006).</param>
/// <param name="Name">Stable, on metrics and in the close reason.</param>
/// <param name="Reconnect">Whether the client should connect again.</param>
internal sealed record CloseCode(ushort Code, string Name, bool Reconnect);

/// <inheritdoc cref="CloseCode"/>
internal static class CloseCodes
{
    /// <summary>The gateway drains: connect again after the time in <c>Draining</c>, another gateway answers.</summary>
    public static readonly CloseCode Draining = new(1001, "draining", Reconnect: true);

    /// <summary>The client did not read fast enough: connect again and resume; no close frame, it would wait behind what was not read.</summary>
    public static readonly CloseCode TooSlow = new(0, "too_slow", Reconnect: true);

    /// <summary>The token expired (SignalR closes with 1000): connect again with a new token.</summary>
    public static readonly CloseCode TokenExpired = new(1000, "token_expired", Reconnect: true);

    /// <summary>A text frame that is not UTF-8 (the WebSocket itself closes): a fault of the client, do not repeat.</summary>
    public static readonly CloseCode InvalidUtf8 = new(1007, "invalid_utf8", Reconnect: false);

    /// <summary>What was sent is not the SignalR protocol, or a message above 1 MB: a fault of the client, do not repeat.</summary>
    public static readonly CloseCode ProtocolError = new(1011, "protocol_error", Reconnect: false);
}
