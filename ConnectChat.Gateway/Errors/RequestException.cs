using ConnectChat.Contracts;
using ConnectChat.ServiceDefaults.Errors;
using Grpc.Core;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Gateway.Errors;

/// <summary>
/// A call that is refused, with a stable code: <c>problem+json</c> on REST, <c>HubException: code: detail</c> on the hub (SignalR
/// shows a client the text of a <see cref="HubException"/> and of no other exception).
/// </summary>
internal sealed class RequestException(string code, string detail) : HubException($"{code}: {detail}")
{
    /// <summary>A code of <see cref="ErrorCodes"/>.</summary>
    public string Code { get; } = code;

    /// <summary>For a person.</summary>
    public string Detail { get; } = detail;

    /// <summary>The refusal that an error of Groups or Messaging means to the client.</summary>
    public static RequestException From(RpcException exception) => RpcErrors.CodeOf(exception) switch
    {
        ErrorCodes.Unauthenticated or ErrorCodes.Internal => new RequestException(ErrorCodes.Internal, "The service failed."),
        ErrorCodes.Unavailable => new RequestException(ErrorCodes.Unavailable, "A dependency does not answer."),
        var code => new RequestException(code, exception.Status.Detail),
    };
}
