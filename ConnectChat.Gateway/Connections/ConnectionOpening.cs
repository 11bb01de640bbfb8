using ConnectChat.Gateway.Connections.Outboxes;
using ConnectChat.Gateway.Telemetry;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway.Connections;

/// <summary>Makes the <see cref="ChatConnection"/> of a connection whose handshake is done, with the outbox that its transport allows.</summary>
internal sealed class ConnectionOpening(UserDirectory users, GatewayTelemetry telemetry, IOptions<GatewayOptions> options)
{
    private readonly OutboxBounds _bounds = new(options.Value.OutboxFrames, options.Value.OutboxBytes);

    public async Task<ChatConnection> OpenAsync(HubCallerContext context, string userId)
    {
        var hub = (HubConnectionContext)context.Items[typeof(HubConnectionContext)]!;
        var number = await users.ResolveAsync(userId, context.ConnectionAborted);
        return new ChatConnection(context.ConnectionId, userId, number, Outbox(context, hub));
    }

    private IOutbox Outbox(HubCallerContext context, HubConnectionContext hub)
    {
        if (context.GetHttpContext()?.Items[typeof(DirectOutbox)] is DirectOutbox direct)
        {
            direct.Use(hub.Protocol);
            return direct;
        }

        return new HubOutbox(hub, _bounds, telemetry);
    }
}
