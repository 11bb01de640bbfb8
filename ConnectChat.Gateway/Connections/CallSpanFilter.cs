using System.Diagnostics;
using ConnectChat.Contracts;
using ConnectChat.Gateway.Deliveries;
using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.Telemetry;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Gateway.Connections;

/// <summary>
/// Begins the trace of every call. SignalR's own activity would begin it before the group is known, and a large group's messages would
/// be sampled like a small one's.
/// </summary>
internal sealed class CallSpanFilter(GatewayTelemetry telemetry, LocalFanOut fanOut) : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        // Not validated yet: what is no identifier may be of any length and hold anything.
        var group = invocationContext.HubMethodArguments is [string first, ..] && Identifier.IsValid(first) ? first : null;
        using var span = telemetry.StartCall(invocationContext.HubMethodName, group, group is null ? null : fanOut.SizeOf(group));
        try
        {
            return await next(invocationContext);
        }
        catch (RequestException refused)
        {
            span?.SetTag("error.type", refused.Code);
            if (refused.Code is ErrorCodes.Internal or ErrorCodes.Unavailable)
            {
                // The others are the client's business: marked as errors, they would have all traces of one noisy client kept.
                span?.SetStatus(ActivityStatusCode.Error);
            }

            throw;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", failure.GetType().Name);
            throw;
        }
    }
}
