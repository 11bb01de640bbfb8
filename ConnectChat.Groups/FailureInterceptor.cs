using Amazon.Runtime;
using ConnectChat.Contracts;
using ConnectChat.ServiceDefaults.Rpc;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace ConnectChat.Groups;

/// <summary>What went wrong below becomes a status with a stable code: the store UNAVAILABLE, anything else INTERNAL. Details stay in the log.</summary>
internal sealed partial class FailureInterceptor(ILogger<FailureInterceptor> log) : Interceptor
{
    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception exception) when (exception is not RpcException && !context.CancellationToken.IsCancellationRequested)
        {
            CallFailed(exception, context.Method);
            throw IsTheStores(exception)
                ? RpcErrors.Create(StatusCode.Unavailable, ErrorCodes.Unavailable, "The store does not answer, or is busy with other changes of the same group.")
                : RpcErrors.Create(StatusCode.Internal, ErrorCodes.Internal, "The service failed.");
        }
    }

    // A request that the store calls malformed is our fault, and trying again does not help.
    private static bool IsTheStores(Exception exception) => exception switch
    {
        AmazonServiceException { ErrorCode: "ValidationException" } => false,
        AmazonServiceException or AmazonClientException or HttpRequestException or TimeoutException or OperationCanceledException => true,
        _ => false,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} failed")]
    private partial void CallFailed(Exception exception, string method);
}
