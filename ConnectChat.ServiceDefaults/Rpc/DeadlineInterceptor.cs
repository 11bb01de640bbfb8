using Grpc.Core;
using Grpc.Core.Interceptors;

namespace ConnectChat.ServiceDefaults.Rpc;

/// <summary>Gives every call a deadline, unless the caller gave it one: no call to another service waits for ever.</summary>
/// <param name="timeout">How long a call may take, a stream from its beginning to its end.</param>
/// <param name="clock">From when it is counted.</param>
internal sealed class DeadlineInterceptor(TimeSpan timeout, TimeProvider clock) : Interceptor
{
    /// <inheritdoc/>
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncUnaryCallContinuation<TRequest, TResponse> continuation) => continuation(request, Limited(context));

    /// <inheritdoc/>
    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation) => continuation(request, Limited(context));

    private ClientInterceptorContext<TRequest, TResponse> Limited<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context)
        where TRequest : class
        where TResponse : class => context.Options.Deadline is not null
            ? context
            : new(context.Method, context.Host, context.Options.WithDeadline(clock.GetUtcNow().UtcDateTime + timeout));
}
