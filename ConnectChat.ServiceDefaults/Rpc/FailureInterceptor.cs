using ConnectChat.Contracts;
using ConnectChat.ServiceDefaults.Logging;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;

namespace ConnectChat.ServiceDefaults.Rpc;

/// <summary>
/// Gives every failed call of a gRPC service, unary or streaming, a status and a stable code: refusals pass as they are, a dependency that
/// does not answer is UNAVAILABLE, and anything else is a fault of the service, INTERNAL. Details stay in the log.
/// </summary>
/// <remarks>
/// A call whose caller has gone ends as CANCELLED: nobody gets the answer, and it is no failure of the service, as which gRPC would log it
/// with its stack.
/// </remarks>
public sealed partial class FailureInterceptor(ILogger<FailureInterceptor> logger) : Interceptor
{
    /// <inheritdoc/>
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        DescribeAsync(() => continuation(request, context), context);

    /// <inheritdoc/>
    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        DescribeAsync(() => continuation(request, responseStream, context), context);

    /// <inheritdoc/>
    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        DescribeAsync(() => continuation(requestStream, context), context);

    /// <inheritdoc/>
    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        DescribeAsync(() => continuation(requestStream, responseStream, context), context);

    private async Task<TResponse> DescribeAsync<TResponse>(Func<Task<TResponse>> call, ServerCallContext context)
    {
        try
        {
            return await call();
        }
        catch (Exception failure) when (!RpcErrors.IsRefusal(failure))
        {
            throw Described(failure, context);
        }
    }

    private async Task DescribeAsync(Func<Task> call, ServerCallContext context)
    {
        try
        {
            await call();
        }
        catch (Exception failure) when (!RpcErrors.IsRefusal(failure))
        {
            throw Described(failure, context);
        }
    }

    private RpcException Described(Exception failure, ServerCallContext context)
    {
        if (LoggingExtensions.IsCallerGone(failure, context.CancellationToken))
        {
            LogGone(logger, context.Method);
            return new RpcException(Status.DefaultCancelled);
        }

        if (DependencyFailures.IsTransient(failure))
        {
            LogUnavailable(logger, context.Method, failure);
            return RpcErrors.Create(
                StatusCode.Unavailable, ErrorCodes.Unavailable, "A dependency does not answer, or is busy with other changes of the same group.");
        }

        LogFault(logger, context.Method, failure);
        return RpcErrors.Create(StatusCode.Internal, ErrorCodes.Internal, "The service failed.");
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The caller of {method} has gone before the answer")]
    private static partial void LogGone(ILogger logger, string method);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{method} failed: a dependency does not answer")]
    private static partial void LogUnavailable(ILogger logger, string method, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "{method} failed")]
    private static partial void LogFault(ILogger logger, string method, Exception exception);
}
