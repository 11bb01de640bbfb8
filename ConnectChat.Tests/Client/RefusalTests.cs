using System.Collections.Concurrent;
using System.Net;
using ConnectChat.Client;
using ConnectChat.Contracts.Hub;
using ConnectChat.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace ConnectChat.Tests.Client;

/// <summary>What passes is tried again; a fault of the program, of its settings or of something unknown goes to the caller.</summary>
public sealed class RefusalTests : IAsyncLifetime
{
    private const string Group = "team";

    private readonly SharedHistory _history = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly ConcurrentQueue<ConnectionReport> _changes = [];
    private FakeGateway _gateway = null!;
    private ChatClient? _client;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _history.Create(Group);
        _gateway = await FakeGateway.StartAsync(_history);
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        await _gateway.DisposeAsync();
    }

    [Theory(Timeout = 60_000)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    public async Task A_gateway_that_refuses_for_now_is_tried_again_and_the_status_is_told(int status)
    {
        var refusals = 3;
        _gateway.Refusal = () => Interlocked.Decrement(ref refusals) >= 0 ? status : null;

        await ConnectedAsync(Client().ConnectAsync(Token));

        Assert.Equal([Change(status), Change(status), Change(status), (ConnectionChange.Connected, null)], _changes.Select(Told));
        static (ConnectionChange, HttpStatusCode?) Change(int status) => (ConnectionChange.Failed, (HttpStatusCode)status);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task A_refusal_that_another_attempt_does_not_change_ends_the_client_with_its_status(int status)
    {
        var asked = 0;
        _gateway.Refusal = () =>
        {
            Interlocked.Increment(ref asked);
            return status;
        };
        var client = Client();

        var refused = await Assert.ThrowsAnyAsync<HttpRequestException>(() => ConnectedAsync(client.ConnectAsync(Token)));

        Assert.Equal((HttpStatusCode)status, refused.StatusCode);
        Assert.Equal(1, asked);
        Assert.Same(refused, await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.SendAsync(Group, "hello", null, Token)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Only_a_gateway_that_answers_401_refuses_the_token_and_not_a_text_that_mentions_it()
    {
        var failures = 3;
        var client = Client(() => Interlocked.Decrement(ref failures) >= 0
            ? throw new IOException("The proxy said '401', and hung up.")
            : Task.FromResult("good"));

        await ConnectedAsync(client.ConnectAsync(Token));

        Assert.Equal(1, client.Connections);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_fault_of_the_token_provider_ends_the_client_with_it()
    {
        var fault = new InvalidOperationException("No user is signed in.");
        var client = Client(() => throw fault);

        Assert.Same(fault, await Assert.ThrowsAsync<InvalidOperationException>(() => ConnectedAsync(client.ConnectAsync(Token))));
        Assert.Same(fault, await Assert.ThrowsAsync<InvalidOperationException>(() => EndAsync(client)));
        Assert.Empty(_changes);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_exception_of_the_applications_handler_ends_the_client_with_it()
    {
        var client = Client();
        client.GroupResumed += _ => throw new NotSupportedException("resumed");
        await ConnectedAsync(client.ConnectAsync(Token));

        Assert.Equal("resumed", (await Assert.ThrowsAsync<NotSupportedException>(() => EndAsync(client))).Message);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_exception_of_the_handler_of_rejections_is_not_lost_in_SignalR()
    {
        var client = Client();
        client.MessageRejected += _ => throw new NotSupportedException("rejected");
        await ConnectedAsync(client.ConnectAsync(Token));

        await _gateway.RejectAsync(new MessageRejection { GroupId = Group, ClientMessageId = "mine", Code = "not_a_member" });

        Assert.Equal("rejected", (await Assert.ThrowsAsync<NotSupportedException>(() => EndAsync(client))).Message);
    }

    private ChatClient Client(Func<Task<string>>? token = null)
    {
        _client = new ChatClient(new ChatClientOptions
        {
            Endpoints = [_gateway.Endpoint],
            TokenProvider = token ?? (() => Task.FromResult("good")),
            Clock = _clock,
        });
        _client.ConnectionChanged += _changes.Enqueue;
        return _client;
    }

    // The pauses between attempts pass at once.
    private async Task ConnectedAsync(Task connecting)
    {
        await Eventually.TrueAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(30));
            return connecting.IsCompleted;
        });
        await connecting;
    }

    private static async Task EndAsync(ChatClient client)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Eventually.Deadline);
        await foreach (var _ in client.ReadMessagesAsync(deadline.Token))
        {
        }
    }

    private static (ConnectionChange Change, HttpStatusCode? Status) Told(ConnectionReport report) =>
        (report.Change, (report.Reason as HttpRequestException)?.StatusCode);
}
