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
        new(new Status(status, detail), new Metadata { { ErrorCodes.Trailer, code } });

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

    /// <summary>True when the same call may succeed later: the service, or what it depends on, did not answer.</summary>
    public static bool IsTransient(RpcException exception) => exception.StatusCode
        is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Internal or StatusCode.Unknown or StatusCode.Cancelled or StatusCode.Aborted
        && exception.Trailers.GetValue(ErrorCodes.Trailer) is null or ErrorCodes.Unavailable or ErrorCodes.Internal;
}
