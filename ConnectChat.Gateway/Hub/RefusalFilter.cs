using ConnectChat.Gateway.Connections;
using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.Telemetry;
using ConnectChat.ServiceDefaults.Logging;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Gateway.Hub;

/// <summary>
/// Shows refusals to the client with their code, and ends the calls of a client that has gone without a word. The one place on the way of a
/// message where a refusal is thrown: SignalR knows no other way to tell it.
/// </summary>
/// <remarks>
/// Refusals are counted and not logged: SignalR would log each as an error with its stack, and a client could fill the log with them. So
/// SignalR's own lines about calls are off (<see cref="SilencedCategories"/>), and failures that are no refusals are logged here.
/// </remarks>
internal sealed partial class RefusalFilter(GatewayTelemetry telemetry, ILogger<RefusalFilter> logger) : IHubFilter
{
    /// <summary>Where SignalR says what this filter says: failed calls, and connections that fail or do not speak the protocol.</summary>
    public static readonly string[] SilencedCategories =
    [
        "Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher",
        "Microsoft.AspNetCore.SignalR.HubConnectionHandler",
    ];

    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var (method, gone) = (invocationContext.HubMethodName, invocationContext.Context.ConnectionAborted);
        Refusal refusal;
        try
        {
            var result = await next(invocationContext);
            if (result is not IOutcome { Refusal: { } refused })
            {
                ConnectionOf(invocationContext.Context)?.Refusals.Clear();
                return result is IOutcome outcome ? outcome.Value : result;
            }

            refusal = refused;
        }
        catch (RequestException refused)
        {
            refusal = refused.Refusal;
        }
        catch (Exception exception) when (LoggingExtensions.IsCallerGone(exception, gone))
        {
            return Gone();
        }
        catch (Exception exception)
        {
            LogFailed(logger, method, exception);
            throw;
        }

        if (gone.IsCancellationRequested)
        {
            return Gone();
        }

        telemetry.CallRefused(method, refusal.Code);
        ConnectionOf(invocationContext.Context)?.Refusals.Add(refusal.Code);
        throw refusal.ToHubException();

        // The client is gone, so an exception would reach nobody.
        object? Gone()
        {
            LogGone(logger, method);
            return null;
        }
    }

    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        const string Method = nameof(ChatHub.OnConnectedAsync);
        var gone = context.Context.ConnectionAborted;
        try
        {
            await next(context);
        }
        catch (Exception exception) when (gone.IsCancellationRequested && (exception is RequestException || LoggingExtensions.IsCallerGone(exception, gone)))
        {
            LogGone(logger, Method);
        }
        catch (RequestException refused)
        {
            telemetry.CallRefused(Method, refused.Refusal.Code);
            throw;
        }
        catch (Exception exception)
        {
            LogFailed(logger, Method, exception);
            throw;
        }
    }

    public async Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        try
        {
            await next(context, exception);
        }
        catch (Exception failure)
        {
            LogFailed(logger, nameof(ChatHub.OnDisconnectedAsync), failure);
            throw;
        }
    }

    /// <summary>Counts a call that SignalR could not bind, and so did not show to any filter.</summary>
    public static void Unbound(GatewayTelemetry telemetry, ChatConnection connection, string code)
    {
        telemetry.CallRefused("unbound", code);
        connection.Refusals.Add(code);
    }

    private static ChatConnection? ConnectionOf(HubCallerContext context) =>
        context.Items.TryGetValue(typeof(ChatConnection), out var connection) ? (ChatConnection?)connection : null;

    [LoggerMessage(Level = LogLevel.Debug, Message = "The client that called {method} has gone before the answer")]
    private static partial void LogGone(ILogger logger, string method);

    [LoggerMessage(Level = LogLevel.Error, Message = "{method} failed")]
    private static partial void LogFailed(ILogger logger, string method, Exception exception);
}
