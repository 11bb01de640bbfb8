using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ConnectChat.Contracts.Hub;

namespace ConnectChat.Tests.Infrastructure.Clients;

/// <summary>A bare WebSocket that speaks SignalR's JSON by hand.</summary>
internal sealed class RawClient : IDisposable
{
    public const char End = '\u001e';

    private readonly byte[] _buffer = new byte[1 << 20];

    public ClientWebSocket Socket { get; } = new();

    /// <summary>To a gateway in a process of its own.</summary>
    public static async Task<RawClient> ConnectAsync(string gateway, string user)
    {
        var client = new RawClient();
        var address = $"{gateway.Replace("http", "ws", StringComparison.Ordinal)}{HubContract.Path}?access_token={GatewayHost.Token(user)}";
        await client.Socket.ConnectAsync(new Uri(address), TestContext.Current.CancellationToken);
        await client.SendAsync($$"""{"protocol":"json","version":1}{{End}}""");
        Assert.Equal($"{{}}{End}", await client.ReceiveAsync());
        return client;
    }

    /// <param name="gateway">Where to.</param>
    /// <param name="user">As whom.</param>
    /// <param name="protocol">The hub protocol to ask for.</param>
    /// <param name="version">The version of HTTP to open the WebSocket with; 1.1 unless told.</param>
    /// <param name="trusted">The server's certificate.</param>
    public static async Task<RawClient> ConnectAsync(
        GatewayHost gateway, string user, string protocol = "json", Version? version = null, X509Certificate2? trusted = null)
    {
        var client = new RawClient();
        (client.Socket.Options.HttpVersion, client.Socket.Options.HttpVersionPolicy) =
            (version ?? HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact);
        using var http = new HttpMessageInvoker(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = trusted is null ? null : Only(trusted) } });
        var address = $"{gateway.Address.Replace("http", "ws", StringComparison.Ordinal)}{HubContract.Path}?access_token={GatewayHost.Token(user)}";
        await client.Socket.ConnectAsync(new Uri(address), http, TestContext.Current.CancellationToken);
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

    private static X509ChainPolicy Only(X509Certificate2 trusted) => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { trusted },
        RevocationMode = X509RevocationMode.NoCheck,
    };
}
