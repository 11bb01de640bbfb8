using System.Net;

namespace ConnectChat.Client.Connecting;

/// <summary>A gateway, or what stands before it, answered the request for a WebSocket with another status than 101.</summary>
internal sealed class UpgradeRefusedException(HttpStatusCode status, Exception cause)
    : HttpRequestException($"The gateway answers {(int)status} ({status}) instead of opening a WebSocket.", cause, status);
