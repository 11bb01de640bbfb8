using ConnectChat.Gateway.Errors;
using ConnectChat.ServiceDefaults.Logging;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Gateway.Hub;

/// <summary>
/// Shows refusals to the client with their code, and ends the calls of a client that has gone without a word. The one place on the way of a
/// message where a refusal is thrown: SignalR knows no other way to tell it.
/// </summary>
internal sealed partial class RefusalFilter(ILogger<RefusalFilter> logger) : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var gone = invocationContext.Context.ConnectionAborted;
        Refusal refusal;
        try
        {
            var result = await next(invocationContext);
            if (result is not IOutcome outcome)
            {
                return result;
            }

            if (outcome.Refusal is null)
            {
                return outcome.Value;
            }

            refusal = outcome.Refusal;
        }
        catch (RequestException refused)
        {
            refusal = refused.Refusal;
        }
        catch (Exception exception) when (LoggingExtensions.IsCallerGone(exception, gone))
        {
            return Gone();
        }

        return gone.IsCancellationRequested ? Gone() : throw refusal.ToHubException();

        // Thrown on, SignalR would log it as a failure with its stack. Nobody gets this answer.
        object? Gone()
        {
            LogGone(logger, invocationContext.HubMethodName);
            return null;
        }
    }

    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception) when (context.Context.ConnectionAborted.IsCancellationRequested
            && (exception is RequestException || LoggingExtensions.IsCallerGone(exception, context.Context.ConnectionAborted)))
        {
            LogGone(logger, nameof(ChatHub.OnConnectedAsync));
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The client that called {method} has gone before the answer")]
    private static partial void LogGone(ILogger logger, string method);
}
