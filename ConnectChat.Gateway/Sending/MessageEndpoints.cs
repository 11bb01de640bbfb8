using System.Security.Claims;
using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Authentication;
using ConnectChat.Gateway.Connections;
using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.RateLimits;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ConnectChat.Gateway.Sending;

/// <summary>Sending for servers and scripts: a message over REST, by the rules of <c>SendMessage</c> on the hub.</summary>
internal static class MessageEndpoints
{
    /// <summary>Where messages are posted, as routes and spans call it.</summary>
    public const string Route = "/groups/{groupId}/messages";

    public static void MapMessages(this IEndpointRouteBuilder routes)
    {
        var send = routes.MapPost(Route, SendAsync).RequireAuthorization()
            .AddEndpointFilter<SendSpanFilter>()
            .WithBodyLimit(BodyLimits.Message)
            .WithMetadata(new LimitedRequest(IsRead: false))
            .WithTags("Messages")
            .WithSummary("Sends a message. For servers and scripts; clients use the hub.")
            .WithDescription(
                "Answered when Kafka has the message on all in-sync replicas: from then on it is delivered, or rejected when its sender is no member "
                + "(MessageRejected on the sender's connections to the hub). A retry with the same clientMessageId is the same message.")
            .Accepts<NewMessage>("application/json");
        foreach (var status in new[] { 400, 401, 413, 415, 429, 500, 503 })
        {
            send.ProducesProblem(status);
        }
    }

    // The message is read here and not bound: by then the sender is known, and has been charged for it.
    private static async Task<Results<Accepted<SendReceipt>, RefusalResult>> SendAsync(
        string groupId,
        HttpRequest request,
        ClaimsPrincipal user,
        [FromServices] MessageSender sender,
        [FromServices] UserNumbers users,
        CancellationToken cancellationToken)
    {
        var userId = user.UserId();
        if (sender.Charge(userId) is { } tooFast)
        {
            return new RefusalResult(tooFast);
        }

        var message = await NewMessageReader.ReadAsync(request, sender, cancellationToken);
        if (message.Refusal is { } unreadable)
        {
            return new RefusalResult(unreadable);
        }

        var number = await users.ResolveAsync(userId, cancellationToken);
        if (number.Refusal is { } unknown)
        {
            return new RefusalResult(unknown);
        }

        var clientMessageId = message.Value.ClientMessageId ?? Guid.NewGuid().ToString("N");
        var sent = await sender.SendAsync(userId, number.Value, groupId, clientMessageId, message.Value.Body ?? "", cancellationToken);
        return sent.Refusal is { } refusal ? new RefusalResult(refusal) : TypedResults.Accepted((string?)null, sent.Value);
    }
}
