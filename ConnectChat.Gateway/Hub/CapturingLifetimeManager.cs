using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Gateway.Hub;

/// <summary>Hands the hub the connection's <see cref="HubConnectionContext"/>, which SignalR shows to lifetime managers only.</summary>
internal sealed class CapturingLifetimeManager(ILogger<DefaultHubLifetimeManager<ChatHub>> logger) : DefaultHubLifetimeManager<ChatHub>(logger)
{
    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        connection.Items[typeof(HubConnectionContext)] = connection;
        return base.OnConnectedAsync(connection);
    }
}
