using ConnectChat.Contracts;
using ConnectChat.Gateway.Authentication;
using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.RateLimits;

namespace ConnectChat.Gateway.Connections;

/// <summary>
/// Before the hub: a gateway that is full, draining or not reading the bus refuses with 503 and Retry-After, a user who has all the connections that one may
/// have is refused with 429, and a gateway that cannot learn the user's number says so while there is still an HTTP answer to say it with.
/// </summary>
/// <remarks>
/// Polls and posts of a connection that exists pass. The first poll of a connection uses the place that was kept for it when it was
/// negotiated.
/// </remarks>
internal sealed class Admission(
    RequestDelegate next, LocalConnections connections, ConnectionPlaces places, UserRateLimits limits, UserNumbers users, AdmissionGate gate)
{
    public Task InvokeAsync(HttpContext context) => ConnectionRequests.KindOf(context) switch
    {
        ConnectionRequest.Other => next(context),
        _ when context.User.Identity?.IsAuthenticated != true => next(context),
        var kind => AdmitAsync(context, kind, context.User.UserId()),
    };

    private async Task AdmitAsync(HttpContext context, ConnectionRequest kind, string userId)
    {
        // Counted before it is checked: a drain that this check does not see waits for the connection.
        using var opening = connections.Open();
        if (gate.IsClosed)
        {
            await Problems.WriteAsync(context, new Refusal(ErrorCodes.Overloaded, "This gateway is draining; another one answers."));
            return;
        }

        if (!gate.IsReading)
        {
            await Problems.WriteAsync(context, new Refusal(ErrorCodes.Unavailable, "This gateway does not read the bus at the moment; another one answers."));
            return;
        }

        if (!limits.TryConnect(userId))
        {
            await Problems.WriteAsync(context, new Refusal(ErrorCodes.RateLimited, "Too many attempts to connect; pause before the next."));
            return;
        }

        var place = kind == ConnectionRequest.OpenNegotiated ? places.TakeNegotiated(userId) : places.Take(userId);
        var refusal = place.Refusal ?? (await users.ResolveAsync(userId, context.RequestAborted)).Refusal;
        if (refusal is not null)
        {
            if (place.Refusal is null)
            {
                place.Value.Dispose();
            }

            await Problems.WriteAsync(context, refusal);
            return;
        }

        await PassAsync(context, kind, userId, opening, place.Value);
    }

    private async Task PassAsync(HttpContext context, ConnectionRequest kind, string userId, AdmissionLease opening, ConnectionPlace place)
    {
        var kept = false;
        try
        {
            context.Items[typeof(AdmissionLease)] = opening;
            context.Items[typeof(ConnectionPlace)] = place;
            await next(context);
            kept = kind == ConnectionRequest.Negotiate && context.Response.StatusCode == StatusCodes.Status200OK;
        }
        finally
        {
            if (kept)
            {
                places.Keep(userId, place);
            }
            else
            {
                // The request of a WebSocket ends with its connection.
                place.Dispose();
            }
        }
    }
}
