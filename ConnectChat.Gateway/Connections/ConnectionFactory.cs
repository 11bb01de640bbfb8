using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.SendQueues;
using ConnectChat.Gateway.Telemetry;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway.Connections;

/// <summary>Makes the <see cref="ChatConnection"/> of a connection whose handshake is done, with the send queue that its transport allows.</summary>
internal sealed class ConnectionFactory(
    UserNumbers users, GatewayTelemetry telemetry, TimeProvider clock, IOptions<SendQueueOptions> options, IOptions<ConnectionOptions> connections)
{
    private readonly SendQueueBounds _bounds = new(options.Value.SendQueueFrames, options.Value.SendQueueBytes);

    /// <summary>The connection; refused when the user's number cannot be learned.</summary>
    public async Task<Outcome<ChatConnection>> OpenAsync(HubCallerContext context, string userId)
    {
        var hub = (HubConnectionContext)context.Items[typeof(HubConnectionContext)]!;
        var number = await users.ResolveAsync(userId, context.ConnectionAborted);
        return number.Refusal is { } refusal
            ? refusal
            : new ChatConnection(context.ConnectionId, userId, number.Value, SendQueue(context, hub), connections.Value.RefusalsInARow);
    }

    private ISendQueue SendQueue(HubCallerContext context, HubConnectionContext hub)
    {
        // Asked with TryGetValue: the items of a long-polling connection are a plain dictionary, which throws for a missing key.
        if (context.GetHttpContext()?.Items.TryGetValue(typeof(DirectSendQueue), out var found) == true && found is DirectSendQueue direct)
        {
            direct.Use(hub.Protocol);
            return direct;
        }

        return new HubSendQueue(hub, _bounds, telemetry, clock);
    }
}
