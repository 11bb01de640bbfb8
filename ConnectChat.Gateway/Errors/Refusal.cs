using ConnectChat.Contracts;
using ConnectChat.ServiceDefaults.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Gateway.Errors;

/// <summary>
/// Why a call is refused, with a stable code: <c>problem+json</c> on REST, <c>HubException: code: detail</c> on the hub. An ordinary
/// ending, so on the way of a message it is a value up to the edge.
/// </summary>
/// <param name="Code">A code of <see cref="ErrorCodes"/>.</param>
/// <param name="Detail">For a person.</param>
internal sealed record Refusal(string Code, string Detail)
{
    /// <summary>The refusal that an error of Groups or Messaging means to the client.</summary>
    public static Refusal From(RpcException exception) => RpcErrors.CodeOf(exception) switch
    {
        // The service refused this gateway's own token: nothing that the caller could mend.
        ErrorCodes.Unauthenticated or ErrorCodes.Internal => new Refusal(ErrorCodes.Internal, "The service failed."),
        ErrorCodes.Unavailable => new Refusal(ErrorCodes.Unavailable, "A dependency does not answer."),
        var code => new Refusal(code, exception.Status.Detail),
    };

    /// <summary>The one exception whose text SignalR shows to clients: HubException itself and none of its subclasses.</summary>
    public HubException ToHubException() => new(ToString());

    /// <inheritdoc/>
    public override string ToString() => $"{Code}: {Detail}";
}
