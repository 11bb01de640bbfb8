using ConnectChat.Contracts;
using ConnectChat.Gateway.Deliveries;
using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.Telemetry;

namespace ConnectChat.Gateway.Sending;

/// <summary>
/// Begins the trace of a message that is posted, as <c>CallSpanFilter</c> does for calls on the hub. ASP.NET Core's own
/// span would begin it before the group is known, and a large group's messages would be sampled like a small one's.
/// </summary>
internal sealed class SendSpanFilter(GatewayTelemetry telemetry, RecentGroups recent) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        // The id is not validated yet; only a well-formed one may become a tag.
        var group = context.HttpContext.GetRouteValue("groupId") is string id && Identifier.IsValid(id) ? id : null;
        using var span = telemetry.StartRequest(HttpMethods.Post, MessageEndpoints.Route, group, group is null ? null : recent.SizeOf(group));
        try
        {
            var result = await next(context);
            if (result is INestedHttpResult { Result: RefusalResult refused })
            {
                GatewayTelemetry.Refused(span, refused.Refusal);
            }

            return result;
        }
        catch (Exception failure)
        {
            GatewayTelemetry.Failed(span, failure);
            throw;
        }
    }
}
