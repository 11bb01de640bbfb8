using ConnectChat.Contracts;
using ConnectChat.Gateway.Authentication;
using ConnectChat.Gateway.Errors;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway.Connections;

/// <summary>
/// Before the hub: a gateway that is full or draining refuses with 503 and Retry-After, and one that cannot learn the user's number says
/// so while there is still an HTTP answer to say it with.
/// </summary>
internal sealed class Admission(RequestDelegate next, LocalConnections connections, UserNumbers users, AdmissionGate gate, IOptions<ConnectionOptions> options)
{
    public Task InvokeAsync(HttpContext context) => IsNew(context.Request) ? AdmitAsync(context) : next(context);

    private async Task AdmitAsync(HttpContext context)
    {
        // Counted before it is checked: a rush cannot go over the bound, and a drain that this check does not see waits for the connection.
        using var opening = connections.Open();
        if (gate.IsClosed)
        {
            await RefuseAsync(context, "This gateway is draining; another one answers.");
            return;
        }

        if (connections.Count + connections.Opening > options.Value.MaximumConnections)
        {
            await RefuseAsync(context, "This gateway has as many connections as it admits.");
            return;
        }

        context.Items[typeof(AdmissionLease)] = opening;
        if (context.User.Identity?.IsAuthenticated == true
            && (await users.ResolveAsync(context.User.UserId(), context.RequestAborted)).Refusal is { } refusal)
        {
            await Problems.WriteAsync(context, refusal);
            return;
        }

        await next(context);
    }

    // Negotiations and WebSockets; polls and posts of a connection that exists go on.
    private static bool IsNew(HttpRequest request) => request.Path.Value!.EndsWith("/negotiate", StringComparison.OrdinalIgnoreCase)
        || request.HttpContext.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } || HttpMethods.IsConnect(request.Method) || !request.Query.ContainsKey("id");

    private static Task RefuseAsync(HttpContext context, string detail) =>
        Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, ErrorCodes.Overloaded, detail);
}
