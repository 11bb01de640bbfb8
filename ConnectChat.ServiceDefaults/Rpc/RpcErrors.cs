using ConnectChat.Contracts;
using Grpc.Core;

namespace ConnectChat.ServiceDefaults.Rpc;

/// <summary>gRPC errors with the stable code of <see cref="ErrorCodes"/> in a trailer.</summary>
public static class RpcErrors
{
    /// <summary>An error for the caller.</summary>
    /// <param name="status">The gRPC status.</param>
    /// <param name="code">A code of <see cref="ErrorCodes"/>.</param>
    /// <param name="detail">What is wrong, for a person; no secrets.</param>
    public static RpcException Create(StatusCode status, string code, string detail) =>
        new Refusal(new Status(status, detail), new Metadata { { ErrorCodes.Trailer, code } });

    /// <summary>True for what <see cref="Create"/> made, and not for the error of a call that this service made itself.</summary>
    public static bool IsRefusal(Exception exception) => exception is Refusal;

    /// <summary>The code of an error that <see cref="Create"/> made, or the one that its status means.</summary>
    public static string CodeOf(RpcException exception) => exception.Trailers.GetValue(ErrorCodes.Trailer) ?? exception.StatusCode switch
    {
        StatusCode.Unauthenticated => ErrorCodes.Unauthenticated,
        StatusCode.PermissionDenied => ErrorCodes.NotAllowed,
        StatusCode.InvalidArgument => ErrorCodes.MalformedRequest,
        StatusCode.NotFound => ErrorCodes.NotFound,
        StatusCode.ResourceExhausted => ErrorCodes.RateLimited,
        StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled => ErrorCodes.Unavailable,
        _ => ErrorCodes.Internal,
    };

    /// <summary>
    /// True when the same call may succeed later. Only what the service finds wrong with the call itself is final; a missing permission is
    /// mended by an operator.
    /// </summary>
    public static bool IsTransient(RpcException exception) => exception.StatusCode
        is not (StatusCode.InvalidArgument or StatusCode.OutOfRange or StatusCode.FailedPrecondition);

    private sealed class Refusal(Status status, Metadata trailers) : RpcException(status, trailers);
}
