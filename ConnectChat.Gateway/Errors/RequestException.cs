using ConnectChat.Contracts;
using ConnectChat.ServiceDefaults.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Gateway.Errors;

/// <summary>
/// A call that is refused, with a stable code: <c>problem+json</c> on REST, <c>HubException: code: detail</c> on the hub.
/// </summary>
internal sealed class RequestException(string code, string detail) : Exception($"{code}: {detail}")
{
    /// <summary>A code of <see cref="ErrorCodes"/>.</summary>
    public string Code { get; } = code;

    /// <summary>For a person.</summary>
    public string Detail { get; } = detail;

    /// <summary>What SignalR shows to clients: the name of the exception's type and its text, of this very type alone.</summary>
    public HubException ToHubException() => new(Message);

    /// <summary>The refusal that an error of Groups or Messaging means to the client.</summary>
    public static RequestException From(RpcException exception) => RpcErrors.CodeOf(exception) switch
    {
        ErrorCodes.Unauthenticated or ErrorCodes.Internal => new RequestException(ErrorCodes.Internal, "The service failed."),
        ErrorCodes.Unavailable => new RequestException(ErrorCodes.Unavailable, "A dependency does not answer."),
        var code => new RequestException(code, exception.Status.Detail),
    };
}
