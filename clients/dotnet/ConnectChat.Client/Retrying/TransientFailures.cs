using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Client.Retrying;

/// <summary>
/// The failures after which the same attempt may succeed later. Everything that is not listed here is a fault of the program, of its
/// settings or of something unknown, and goes to the caller.
/// </summary>
internal static class TransientFailures
{
    /// <summary>Whether a failure is listed.</summary>
    public static bool Contains(Exception failure) => failure switch
    {
        HubException refusal => ChatException.IsTransient(ChatException.CodeOf(refusal)),
        HttpRequestException { StatusCode: { } status } => Contains(status),

        // Both say only that there was no answer. What happened is in the cause: a broken connection passes, a bad certificate does not.
        HttpRequestException or WebSocketException when failure.InnerException is { } cause => Contains(cause),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } => true,
        WebSocketException { WebSocketErrorCode: WebSocketError.ConnectionClosedPrematurely or WebSocketError.Faulted } => true,

        // HttpClient tells its timeout this way.
        OperationCanceledException { InnerException: TimeoutException } => true,
        SocketException or TimeoutException or HttpIOException => true,

        // What streams of the network throw. Its other subclasses are about files.
        IOException => failure.GetType() == typeof(IOException),
        _ => false,
    };

    private static bool Contains(HttpStatusCode status) => status
        is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError
        or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
}
