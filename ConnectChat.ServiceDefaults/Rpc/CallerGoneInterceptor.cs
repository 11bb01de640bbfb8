using ConnectChat.ServiceDefaults.Logging;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;

namespace ConnectChat.ServiceDefaults.Rpc;

/// <summary>
/// Ends a call whose caller has gone as CANCELLED: nobody gets the answer, and it is no failure of the service, as which gRPC would log it
/// with its stack. Outermost of a service's interceptors.
/// </summary>
public sealed partial class CallerGoneInterceptor(ILogger<CallerGoneInterceptor> logger) : Interceptor
{
    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception exception) when (LoggingExtensions.IsCallerGone(exception, context.CancellationToken))
        {
            throw Gone(context);
        }
    }

    /// <inheritdoc/>
    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception exception) when (LoggingExtensions.IsCallerGone(exception, context.CancellationToken))
        {
            throw Gone(context);
        }
    }

    private RpcException Gone(ServerCallContext context)
    {
        LogGone(logger, context.Method);
        return new RpcException(Status.DefaultCancelled);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The caller of {method} has gone before the answer")]
    private static partial void LogGone(ILogger logger, string method);
}
