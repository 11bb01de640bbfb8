using System.Net;
using System.Net.WebSockets;

namespace ConnectChat.Client.Connecting;

/// <summary>
/// Opens the WebSocket of a connection. SignalR would do it, but leaves the status of a refusal to the text of an exception.
/// </summary>
internal static class GatewaySocket
{
    private static readonly string UserAgent = $"ConnectChat.Client/{typeof(GatewaySocket).Assembly.GetName().Version}";

    /// <summary>Opens it.</summary>
    /// <exception cref="UpgradeRefusedException">The answer has another status than 101.</exception>
    /// <exception cref="WebSocketException">There is no answer.</exception>
    public static async Task<WebSocket> OpenAsync(Uri address, string token, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        try
        {
            Configure(socket.Options, address, token);
            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch (Exception failed)
        {
            var status = socket.HttpStatusCode;
            socket.Dispose();
            if (failed is WebSocketException && status is not (0 or HttpStatusCode.SwitchingProtocols))
            {
                throw new UpgradeRefusedException(status, failed);
            }

            throw;
        }
    }

    private static void Configure(ClientWebSocketOptions options, Uri address, string token)
    {
        options.CollectHttpResponseDetails = true;
        options.SetRequestHeader("Authorization", $"Bearer {token}");

        // As SignalR does: with the second header, a proxy that signs users in answers 401 instead of sending a page.
        options.SetRequestHeader("User-Agent", UserAgent);
        options.SetRequestHeader("X-Requested-With", "XMLHttpRequest");
        if (address.IsLoopback)
        {
            // A proxy of the environment cannot reach this machine.
            options.Proxy = new WebProxy();
        }
    }
}
