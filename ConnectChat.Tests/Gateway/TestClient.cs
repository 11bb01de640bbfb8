using System.Net;
using System.Threading.Channels;
using ConnectChat.Contracts.Hub;
using Microsoft.AspNetCore.SignalR.Client;

namespace ConnectChat.Tests.Gateway;

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

    public Task<IReadOnlyList<ResumeResult>> ResumeAsync(params (string Group, long Last)[] positions) => CallAsync<IReadOnlyList<ResumeResult>>(
        HubContract.Resume, positions.Select(position => new ResumePosition { GroupId = position.Group, LastSequence = position.Last }).ToList());

    public async ValueTask DisposeAsync() => await Hub.DisposeAsync();
}

internal static class Eventually
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ReadyDeadline = TimeSpan.FromSeconds(30);

    public static async Task TrueAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!condition())
        {
            await Task.Delay(5, deadline.Token);
        }
    }

    /// <summary>Until a gateway says of itself that it is ready; it has no other way to tell, and may not listen yet.</summary>
    public static async Task ReadyAsync(HttpClient http)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(ReadyDeadline);
        while (!await IsReadyAsync(http, deadline.Token))
        {
            await Task.Delay(50, deadline.Token);
        }
    }

    /// <summary>Until a service says that it is not ready, which it may learn of a dependency a second late; what it says.</summary>
    public static async Task<string> UnhealthyAsync(HttpClient http, Uri health)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        while (true)
        {
            using var response = await http.GetAsync(health, deadline.Token);
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                return await response.Content.ReadAsStringAsync(deadline.Token);
            }

            await Task.Delay(50, deadline.Token);
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync("/health", cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
