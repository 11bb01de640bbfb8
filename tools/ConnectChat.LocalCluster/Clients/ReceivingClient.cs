using System.Net;
using ConnectChat.Client;
using ConnectChat.Contracts.Hub;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.LocalCluster.Clients;

/// <summary>
/// One connected user over a plain SignalR connection: WebSockets without negotiation, MessagePack. Not the client library, which would
/// repair what is to be seen here. A connection that ends stays ended.
/// </summary>
internal sealed class ReceivingClient : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly HubConnection _hub;

    /// <param name="gateway">Base address of a gateway.</param>
    /// <param name="token">A user's token.</param>
    /// <param name="received">Called for each message, one at a time.</param>
    public ReceivingClient(Uri gateway, string token, Action<ChatMessage> received)
    {
        _hub = new HubConnectionBuilder()
            .WithUrl(new Uri(gateway, HubContract.Path), http =>
            {
                (http.Transports, http.SkipNegotiation) = (HttpTransportType.WebSockets, true);
                http.AccessTokenProvider = () => Task.FromResult<string?>(token);

                // Loopback is never proxied, whatever the environment says.
                http.Proxy = new WebProxy();
            })
            .AddMessagePackProtocol()
            .Build();
        _hub.On(HubContract.MessageReceived, received);
    }

    /// <summary>Whether the connection is there.</summary>
    public bool IsConnected => _hub.State == HubConnectionState.Connected;

    /// <summary>Connects; from now on live messages come.</summary>
    public Task ConnectAsync(CancellationToken cancellationToken) => _hub.StartAsync(cancellationToken);

    /// <summary>Asks for what a group said after a sequence, as every client does after connecting.</summary>
    public Task ResumeAsync(string groupId, long lastSequence, CancellationToken cancellationToken) =>
        _hub.InvokeAsync<IReadOnlyList<ResumeResult>>(
            HubContract.Resume, new[] { new ResumePosition { GroupId = groupId, LastSequence = lastSequence } }, cancellationToken);

    /// <summary>Sends a message; as often as it takes, like every client, when the refusal is one that passes.</summary>
    /// <exception cref="HubException">Refused for good.</exception>
    public async Task<SendReceipt> SendAsync(string groupId, string clientMessageId, string body, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await _hub.InvokeAsync<SendReceipt>(HubContract.SendMessage, groupId, clientMessageId, body, cancellationToken);
            }
            catch (HubException refused) when (ChatException.IsTransient(ChatException.CodeOf(refused)))
            {
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _hub.DisposeAsync();
}
