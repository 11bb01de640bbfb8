using System.Threading.Channels;
using ConnectChat.Contracts.Hub;
using Microsoft.AspNetCore.SignalR.Client;

namespace ConnectChat.Tests.Infrastructure.Clients;

/// <summary>A SignalR client that keeps everything it receives.</summary>
internal sealed class TestClient : IAsyncDisposable
{
    private readonly Channel<ChatMessage> _received = Channel.CreateUnbounded<ChatMessage>();
    private readonly Channel<MessageRejection> _rejected = Channel.CreateUnbounded<MessageRejection>();

    public TestClient(HubConnection hub)
    {
        Hub = hub;
        hub.On<ChatMessage>(HubContract.MessageReceived, message => _received.Writer.TryWrite(message));
        hub.On<MessageRejection>(HubContract.MessageRejected, rejection => _rejected.Writer.TryWrite(rejection));
        hub.On<int>(HubContract.Draining, retryAfter => Draining.TrySetResult(retryAfter));
        hub.Closed += exception =>
        {
            Closed.TrySetResult(exception);
            return Task.CompletedTask;
        };
    }

    public HubConnection Hub { get; }

    public TaskCompletionSource<int> Draining { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource<Exception?> Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A connection to one given gateway.</summary>
    public static async Task<TestClient> ConnectAsync(Uri gateway, string token, CancellationToken cancellationToken)
    {
        var client = new TestClient(new HubConnectionBuilder()
            .WithUrl(new Uri(gateway, HubContract.Path), http => http.AccessTokenProvider = () => Task.FromResult<string?>(token))
            .Build());
        await client.Hub.StartAsync(cancellationToken);
        return client;
    }

    public int Waiting => _received.Reader.Count;

    public async Task<MessageRejection> RejectedAsync() =>
        await _rejected.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);

    public async Task<ChatMessage> NextAsync() =>
        await _received.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);

    public async Task<List<ChatMessage>> NextAsync(int count)
    {
        var messages = new List<ChatMessage>();
        while (messages.Count < count)
        {
            messages.Add(await NextAsync());
        }

        return messages;
    }

    public Task<T> CallAsync<T>(string method, params object?[] arguments) =>
        Hub.InvokeCoreAsync<T>(method, arguments, TestContext.Current.CancellationToken).WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);

    public Task<SendReceipt> SendAsync(string group, string body) => CallAsync<SendReceipt>(HubContract.SendMessage, group, $"c-{Guid.NewGuid():N}", body);

    public Task<IReadOnlyList<ResumeResult>> ResumeAsync(params (string Group, long Last)[] positions) => CallAsync<IReadOnlyList<ResumeResult>>(
        HubContract.Resume, positions.Select(position => new ResumePosition { GroupId = position.Group, LastSequence = position.Last }).ToList());

    public async ValueTask DisposeAsync() => await Hub.DisposeAsync();
}
