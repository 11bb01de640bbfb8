using System.Net;
using ConnectChat.Client.Ordering;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.Client.Connecting;

/// <summary>One connection to one gateway, from its handshake to its end.</summary>
internal sealed class Session : IAsyncDisposable
{
    private readonly HubConnection _hub;
    private readonly ChatClientOptions _options;
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource<TimeSpan?> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Session(HubConnection hub, ChatClientOptions options)
    {
        _hub = hub;
        _options = options;
        Ended = _ended.Token;
    }

    /// <summary>Completes when the connection is gone or should be left, with the pause that a draining gateway asked for; null when it was lost.</summary>
    public Task<TimeSpan?> End => _end.Task;

    /// <summary>Cancelled at the same moment.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Connects, with a token that the caller has just got.</summary>
    public static async Task<Session> ConnectAsync(
        Uri endpoint, string token, ChatClientOptions options, Inbox inbox, Action<MessageRejection> rejected, CancellationToken cancellationToken)
    {
        var builder = new HubConnectionBuilder().WithUrl(new Uri(endpoint, HubContract.Path.TrimStart('/')), http =>
        {
            // One WebSocket and no negotiate request: works behind a balancer without sticky sessions.
            (http.Transports, http.SkipNegotiation) = (HttpTransportType.WebSockets, true);
            if (endpoint.IsLoopback)
            {
                // A proxy of the environment cannot reach this machine.
                http.Proxy = new WebProxy();
            }

            http.AccessTokenProvider = () => Task.FromResult<string?>(token);
        });
        var session = new Session((options.UseMessagePack ? builder.AddMessagePackProtocol() : builder).Build(), options);
        session.Listen(inbox, rejected);
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(options.Timeout);
            await session._hub.StartAsync(deadline.Token);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Resume, for at most <see cref="Limits.GroupsPerResume"/> groups.</summary>
    public async Task<IReadOnlyList<ResumeResult>> ResumeAsync(IReadOnlyList<ResumePosition> positions, CancellationToken cancellationToken) =>
        await CallAsync<ResumeResult[]>(HubContract.Resume, [positions], cancellationToken);

    /// <summary>SendMessage.</summary>
    public Task<SendReceipt> SendAsync(string groupId, string clientMessageId, string body, CancellationToken cancellationToken) =>
        CallAsync<SendReceipt>(HubContract.SendMessage, [groupId, clientMessageId, body], cancellationToken);

    /// <summary>GetHistory.</summary>
    public Task<HistoryPage> HistoryAsync(string groupId, HistoryPosition position, int limit, CancellationToken cancellationToken) =>
        CallAsync<HistoryPage>(HubContract.GetHistory, [groupId, position, limit], cancellationToken);

    /// <summary>Leaves this connection now, and names the pause before the next.</summary>
    public void Leave(TimeSpan? pause = null)
    {
        if (_end.TrySetResult(pause))
        {
            _ended.Cancel();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Leave();
        await _hub.DisposeAsync();
        _ended.Dispose();
    }

    private async Task<T> CallAsync<T>(string method, object[] arguments, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Ended);
        deadline.CancelAfter(_options.Timeout);
        return await _hub.InvokeCoreAsync<T>(method, arguments, deadline.Token);
    }

    private void Listen(Inbox inbox, Action<MessageRejection> rejected)
    {
        // A handler that waits holds up the connection's reading: this is how a slow application is felt by the gateway.
        _hub.On<ChatMessage>(HubContract.MessageReceived, message => inbox.AcceptAsync(message, Ended));
        _hub.On(HubContract.MessageRejected, rejected);
        _hub.On<long>(HubContract.Draining, milliseconds => Leave(TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, 60_000))));
        _hub.Closed += _ =>
        {
            Leave();
            return Task.CompletedTask;
        };
    }
}
