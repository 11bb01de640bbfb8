using ConnectChat.Contracts;
using ConnectChat.Gateway.Deliveries;
using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.Telemetry;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Gateway.Hub;

/// <summary>
/// Begins the trace of every call. SignalR's own activity would begin it before the group is known, and a large group's messages would
/// be sampled like a small one's.
/// </summary>
internal sealed class CallSpanFilter(GatewayTelemetry telemetry, RecentGroups recent) : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        // The argument is not validated yet; only a well-formed id may become a tag.
        var group = invocationContext.HubMethodArguments is [string first, ..] && Identifier.IsValid(first) ? first : null;
        using var span = telemetry.StartCall(invocationContext.HubMethodName, group, group is null ? null : recent.SizeOf(group));
        try
        {
            var result = await next(invocationContext);
            if (result is IOutcome { Refusal: { } refusal })
            {
                GatewayTelemetry.Refused(span, refusal);
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
