using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Contracts.Records;
using ConnectChat.Gateway.Backpressure;
using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.RateLimits;
using ConnectChat.Gateway.Telemetry;

namespace ConnectChat.Gateway.Sending;

/// <summary>One send, over the hub or over REST: within its user's rate, validated, on the bus, acknowledged.</summary>
internal sealed class MessageSender(
    UserRateLimits limits, Strangers strangers, GroupBacklogs backlogs, IncomingPublisher publisher, GatewayTelemetry telemetry, TimeProvider clock)
{
    /// <summary>
    /// Takes one send from the user's rate, before anything of the message is looked at: refused sends count as well. Null unless it is one
    /// too many.
    /// </summary>
    public Refusal? Charge(string userId) =>
        limits.TrySend(userId) ? null : Refuse(ErrorCodes.RateLimited, "Too many messages; pause before the next.");

    /// <summary>Sends a message that was charged for. When this returns a receipt, Kafka has it.</summary>
    public async Task<Outcome<SendReceipt>> SendAsync(
        string userId, uint userNumber, string groupId, string clientMessageId, string body, CancellationToken cancellationToken)
    {
        if (MessageValidator.Validate(groupId, clientMessageId, body) is { } code)
        {
            return Refuse(code, MessageValidator.Explain(code));
        }

        if (await strangers.AreRefusedAsync(groupId, userId, userNumber, cancellationToken))
        {
            await Task.Delay(Strangers.Pause, clock, cancellationToken);
            return Refuse(ErrorCodes.NotAMember, "The caller is no member of the group.");
        }

        var backlog = backlogs.Of(groupId);
        if (!backlog.MayGrow())
        {
            return Refuse(ErrorCodes.Overloaded, "The group is behind what was said in it; retry after a second, with the same client message id.");
        }

        var acceptedAt = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var published = await publisher.PublishAsync(
            new IncomingEvent
            {
                GroupId = groupId,
                SenderId = userId,
                SenderNumber = userNumber,
                ClientMessageId = clientMessageId,
                Body = body,
                AcceptedAtUnixMs = acceptedAt,
            },
            cancellationToken);
        if (published.Refusal is { } refusal)
        {
            return Refuse(refusal.Code, refusal.Detail);
        }

        backlog.Accepted(published.Value);
        telemetry.Accepted(groupId, clientMessageId);
        return new SendReceipt { ClientMessageId = clientMessageId, AcceptedAt = acceptedAt };
    }

    /// <summary>A refusal, counted.</summary>
    public Refusal Refuse(string code, string detail)
    {
        telemetry.Refused(code);
        return new Refusal(code, detail);
    }
}
