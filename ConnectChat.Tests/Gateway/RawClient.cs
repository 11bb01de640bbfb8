using System.Net.WebSockets;
using System.Text;
using ConnectChat.Contracts.Hub;

namespace ConnectChat.Tests.Gateway;

/// <summary>A bare WebSocket that speaks SignalR's JSON by hand.</summary>
internal sealed class RawClient : IDisposable
{
    public const char End = '\u001e';

    private readonly byte[] _buffer = new byte[1 << 20];

    public ClientWebSocket Socket { get; } = new();

    public static async Task<RawClient> ConnectAsync(GatewayHost gateway, string user, string protocol = "json")
    {
        var client = new RawClient();
        var address = $"{gateway.Address.Replace("http", "ws", StringComparison.Ordinal)}{HubContract.Path}?access_token={GatewayHost.Token(user)}";
        await client.Socket.ConnectAsync(new Uri(address), TestContext.Current.CancellationToken);
        await client.SendAsync($$"""{"protocol":"{{protocol}}","version":1}{{End}}""");
        Assert.Equal($"{{}}{End}", await client.ReceiveAsync());
        return client;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public Task SendAsync(byte[] bytes, WebSocketMessageType type) =>
        Socket.SendAsync(bytes, type, endOfMessage: true, TestContext.Current.CancellationToken);

    public async Task<string> ReceiveAsync() => Encoding.UTF8.GetString(await ReceiveBytesAsync());

    public async Task<byte[]> ReceiveBytesAsync()
    {
        using var message = new MemoryStream();
        while (true)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            deadline.CancelAfter(Eventually.Deadline);
            var part = await Socket.ReceiveAsync(_buffer, deadline.Token);
            message.Write(_buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return message.ToArray();
            }
        }
    }

    public void Dispose() => Socket.Dispose();
}
