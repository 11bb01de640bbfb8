using ConnectChat.Client;

namespace ConnectChat.Tests.Client;

/// <summary>What an application of any kind may expect of a library.</summary>
public sealed class LibraryTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(25);

    private readonly SharedHistory _history = new();
    private FakeGateway _gateway = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _history.Create("team");
        _gateway = await FakeGateway.StartAsync(_history);
    }

    public async ValueTask DisposeAsync() => await _gateway.DisposeAsync();

    [Fact(Timeout = 60_000)]
    public async Task A_caller_that_blocks_the_only_thread_of_its_window_gets_its_answer()
    {
        var client = Client();
        await Task.Run(
            () =>
            {
                // Takes continuations, and never runs them: what a window's thread does while it waits.
                SynchronizationContext.SetSynchronizationContext(new BlockedWindow());
                Assert.True(client.ConnectAsync(Token).Wait(Deadline, Token), "ConnectAsync waits for the caller's thread.");
                var sending = client.SendAsync("team", "hello", null, Token);
                Assert.True(sending.Wait(Deadline, Token), "SendAsync waits for the caller's thread.");
                Assert.True(client.DisposeAsync().AsTask().Wait(Deadline, Token), "DisposeAsync waits for the caller's thread.");
            },
            Token);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_client_that_was_disposed_of_says_so_and_may_be_disposed_of_again()
    {
        var client = Client();
        await client.ConnectAsync(Token);

        await client.DisposeAsync();
        await client.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.SendAsync("team", "hello", null, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.ConnectAsync(Token));
        await foreach (var _ in client.ReadMessagesAsync(Token))
        {
            Assert.Fail("There was no message.");
        }
    }

    private ChatClient Client() =>
        new(new ChatClientOptions { Endpoints = [_gateway.Endpoint], TokenProvider = () => Task.FromResult("good") });

    private sealed class BlockedWindow : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }
}
