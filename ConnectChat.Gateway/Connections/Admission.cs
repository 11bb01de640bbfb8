using ConnectChat.Contracts;
using ConnectChat.Gateway.Authentication;
using ConnectChat.Gateway.Deliveries;
using ConnectChat.Gateway.Draining;
using ConnectChat.Gateway.Errors;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway.Connections;

/// <summary>
/// Before the hub: a gateway that is full or draining refuses with 503 and Retry-After, and one that cannot learn the user's number says
/// so while there is still an HTTP answer to say it with.
/// </summary>
internal sealed class Admission(RequestDelegate next, LocalConnections connections, UserDirectory users, Drain drain, IOptions<GatewayOptions> options)
{
    private int _opening;

    public async Task InvokeAsync(HttpContext context)
    {
        var isNew = IsNew(context.Request);
        if (isNew && drain.Started)
        {
            await RefuseAsync(context, "This gateway is draining; another one answers.");
            return;
        }

        // Those that are past this check and not registered yet count too, or a rush would go over the bound.
        if (isNew && connections.Count + Volatile.Read(ref _opening) >= options.Value.MaximumConnections)
        {
            await RefuseAsync(context, "This gateway has as many connections as it admits.");
            return;
        }

        Interlocked.Increment(ref _opening);
        try
        {
            if (isNew && context.User.Identity?.IsAuthenticated == true)
            {
                await users.ResolveAsync(context.User.UserId(), context.RequestAborted);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _opening);
        }

        await next(context);
    }

    // Negotiations and WebSockets; polls and posts of a connection that exists go on.
    private static bool IsNew(HttpRequest request) => request.Path.Value!.EndsWith("/negotiate", StringComparison.OrdinalIgnoreCase)
        || request.HttpContext.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } || HttpMethods.IsConnect(request.Method) || !request.Query.ContainsKey("id");

    private static Task RefuseAsync(HttpContext context, string detail) =>
        Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, ErrorCodes.Overloaded, detail);
}
