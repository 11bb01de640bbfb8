using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using ConnectChat.Client;
using ConnectChat.Contracts.Hub;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace ConnectChat.Tests.Client;

/// <summary>
/// A gateway that closes the WebSocket with 1001, as one that drains does. SignalR then fails the calls on it with an exception that looks
/// like a fault of the program.
/// </summary>
public sealed class ClosingGatewayTests : IAsyncLifetime
{
    private const char End = '\u001e';

    private readonly ConcurrentQueue<string> _sends = [];
    private WebApplication _gateway = null!;
    private Func<string, bool> _closesOn = _ => false;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _gateway = builder.Build();
        _gateway.UseWebSockets();
        _gateway.Run(async context => await ServeAsync(await context.WebSockets.AcceptWebSocketAsync()));
        await _gateway.StartAsync(Token);
    }

    public async ValueTask DisposeAsync() => await _gateway.DisposeAsync();

    [Fact(Timeout = 60_000)]
    public async Task A_send_that_a_close_leaves_unanswered_is_repeated_on_the_next_connection()
    {
        _closesOn = frame => frame.Contains(HubContract.SendMessage, StringComparison.Ordinal) && _sends.Count < 3;
        await using var client = Client();
        await client.ConnectAsync(Token);

        Assert.Equal("mine", (await client.SendAsync("team", "hello", "mine", Token)).ClientMessageId);

        Assert.Equal(3, _sends.Count);
        Assert.All(_sends, send => Assert.Contains("\"mine\"", send, StringComparison.Ordinal));
        Assert.Equal(3, client.Connections);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_close_during_the_handshake_is_a_lost_connection()
    {
        var handshakes = 0;
        _closesOn = frame => frame.Contains("\"protocol\"", StringComparison.Ordinal) && ++handshakes < 2;
        await using var client = Client();

        await client.ConnectAsync(Token);

        Assert.Equal(2, handshakes);
    }

    private ChatClient Client() => new(new ChatClientOptions
    {
        Endpoints = [new Uri(_gateway.Urls.Single())],
        TokenProvider = () => Task.FromResult("good"),
        UseMessagePack = false,
        DiscoverGroups = false,
    });

    private async Task ServeAsync(WebSocket socket)
    {
        var buffer = new byte[4_096];
        while (await socket.ReceiveAsync(buffer, Token) is { MessageType: WebSocketMessageType.Text } received)
        {
            foreach (var frame in Encoding.UTF8.GetString(buffer, 0, received.Count).Split(End, StringSplitOptions.RemoveEmptyEntries))
            {
                var isSend = frame.Contains(HubContract.SendMessage, StringComparison.Ordinal);
                if (isSend)
                {
                    _sends.Enqueue(frame);
                }

                if (_closesOn(frame))
                {
                    await socket.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "draining", Token);
                    return;
                }

                if (isSend)
                {
                    var receipt = new { clientMessageId = "mine", acceptedAt = 1 };
                    await ReplyAsync(socket, new { type = 3, invocationId = InvocationOf(frame), result = receipt });
                }
                else if (frame.Contains("\"protocol\"", StringComparison.Ordinal))
                {
                    await ReplyAsync(socket, new { });
                }
            }
        }
    }

    private static string InvocationOf(string frame) => JsonElement.Parse(frame).GetProperty("invocationId").GetString()!;

    private static Task ReplyAsync(WebSocket socket, object frame) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(frame) + End), WebSocketMessageType.Text, true, Token);
}
