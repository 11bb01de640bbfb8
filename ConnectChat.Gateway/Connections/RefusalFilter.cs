using ConnectChat.Gateway.Errors;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Gateway.Connections;

/// <summary>Shows refusals to the client with their code.</summary>
internal sealed class RefusalFilter : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        try
        {
            return await next(invocationContext);
        }
        catch (RequestException refused)
        {
            throw refused.ToHubException();
        }
    }
}
