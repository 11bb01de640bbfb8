using ConnectChat.Contracts.Hub;
using Microsoft.AspNetCore.SignalR.Client;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>A plain connection to one given gateway.</summary>
internal sealed class TracedClient : IAsyncDisposable
{
    private readonly HubConnection _hub;

    public TracedClient(Uri gateway, string token, Action arrived)
    {
        _hub = new HubConnectionBuilder()
            .WithUrl(new Uri(gateway, HubContract.Path), http => http.AccessTokenProvider = () => Task.FromResult<string?>(token))
            .Build();
        _hub.On<ChatMessage>(HubContract.MessageReceived, _ => arrived());
    }

    public Task ConnectAsync(CancellationToken cancellationToken) => _hub.StartAsync(cancellationToken);

    public Task<SendReceipt> SendAsync(string group, string body, CancellationToken cancellationToken) =>
        _hub.InvokeAsync<SendReceipt>(HubContract.SendMessage, group, $"c-{Guid.NewGuid():N}", body, cancellationToken);

    public ValueTask DisposeAsync() => _hub.DisposeAsync();
}
