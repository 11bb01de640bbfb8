using Microsoft.AspNetCore.Http.Features;

namespace ConnectChat.Gateway.Connections;

/// <summary>What a request to the hub asks for.</summary>
internal enum ConnectionRequest
{
    /// <summary>A connection id, to connect with later.</summary>
    Negotiate,

    /// <summary>A connection, by a WebSocket that was not negotiated.</summary>
    Open,

    /// <summary>A WebSocket for a connection that was negotiated.</summary>
    OpenNegotiated,

    /// <summary>A poll, a post or an event stream, the first of its connection or a later one.</summary>
    Other,
}

/// <summary>Tells requests to the hub apart.</summary>
internal static class ConnectionRequests
{
    public static ConnectionRequest KindOf(HttpContext context)
    {
        var request = context.Request;
        if (request.Path.Value!.EndsWith("/negotiate", StringComparison.OrdinalIgnoreCase))
        {
            return ConnectionRequest.Negotiate;
        }

        return (request.Query.ContainsKey("id"), IsUpgrade(context)) switch
        {
            (false, _) => ConnectionRequest.Open,
            (true, true) => ConnectionRequest.OpenNegotiated,
            _ => ConnectionRequest.Other,
        };
    }

    // HTTP/1.1, and HTTP/2 (RFC 8441).
    private static bool IsUpgrade(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } || HttpMethods.IsConnect(context.Request.Method);
}
