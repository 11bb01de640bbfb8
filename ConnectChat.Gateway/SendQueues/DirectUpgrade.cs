using ConnectChat.Gateway.Telemetry;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway.SendQueues;

/// <summary>
/// Replaces the stream under a WebSocket where its socket may be written to directly: an HTTP/1.1 upgrade, and no TLS in this process
/// (bytes on the socket would be outside the encryption).
/// </summary>
internal sealed class DirectUpgrade(RequestDelegate next, GatewayTelemetry telemetry, TimeProvider clock, IOptions<SendQueueOptions> options)
{
    private readonly SendQueueBounds _bounds = new(options.Value.SendQueueFrames, options.Value.SendQueueBytes);

    public async Task InvokeAsync(HttpContext context)
    {
        if (options.Value.DirectWrites
            && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade
            && context.Features.Get<ITlsHandshakeFeature>() is null
            && HttpProtocol.IsHttp11(context.Request.Protocol)
            && context.Features.Get<IConnectionSocketFeature>() is { } socket)
        {
            context.Features.Set<IHttpUpgradeFeature>(new Replacing(context, upgrade, socket, _bounds, telemetry, clock));
        }

        try
        {
            await next(context);
        }
        finally
        {
            // The server takes the connection back, whether or not SignalR disposed its stream.
            (context.Items[typeof(DirectSendQueue)] as DirectSendQueue)?.Gone();
        }
    }

    private static void Abort(HttpContext context)
    {
        try
        {
            context.Abort();
        }
        catch (ObjectDisposedException)
        {
            // The request ended in between: there is nothing left to abort.
        }
    }

    private sealed class Replacing(
        HttpContext context,
        IHttpUpgradeFeature inner,
        IConnectionSocketFeature socket,
        SendQueueBounds bounds,
        GatewayTelemetry telemetry,
        TimeProvider clock) : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => inner.IsUpgradableRequest;

        public async Task<Stream> UpgradeAsync()
        {
            // The 101 goes out through the server's own pipe. A client waits for it before it sends (RFC 6455, section 4.1), and nothing
            // is written here before the client's handshake was read.
            var stream = await inner.UpgradeAsync();
            var sendQueue = new DirectSendQueue(socket.Socket, () => Abort(context), bounds, telemetry, clock);
            context.Items[typeof(DirectSendQueue)] = sendQueue;
            return new FrameStream(stream, sendQueue);
        }
    }
}
