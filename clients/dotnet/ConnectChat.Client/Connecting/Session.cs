using System.Net.WebSockets;
using ConnectChat.Client.Ordering;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.Client.Connecting;

/// <summary>One connection to one gateway, from its handshake to its end.</summary>
internal sealed class Session : IAsyncDisposable
{
    private readonly HubConnection _hub;
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource<TimeSpan?> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebSocket? _socket;
    private int _ending;

    private Session(Uri endpoint, string token, ChatClientOptions options)
    {
        _timeout = options.Timeout;
        Ended = _ended.Token;
        var builder = new HubConnectionBuilder().WithUrl(new Uri(endpoint, HubContract.Path.TrimStart('/')), http =>
        {
            // One WebSocket and no negotiate request: works behind a balancer without sticky sessions.
            (http.Transports, http.SkipNegotiation) = (HttpTransportType.WebSockets, true);
            http.WebSocketFactory = async (context, cancellationToken) =>
                _socket = await GatewaySocket.OpenAsync(context.Uri, token, cancellationToken).ConfigureAwait(false);
        });
        _hub = (options.UseMessagePack ? builder.AddMessagePackProtocol() : builder).Build();
    }

    /// <summary>
    /// Completes when the connection is gone or should be left, with the pause that a draining gateway asked for; null when it was lost.
    /// Fails when something on it went wrong that another connection does not cure.
    /// </summary>
    public Task<TimeSpan?> End => _end.Task;

    /// <summary>Cancelled just before.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Connects, with a token that the caller has just got.</summary>
    /// <exception cref="UpgradeRefusedException">The gateway refuses.</exception>
    /// <exception cref="TimeoutException">It took longer than <see cref="ChatClientOptions.Timeout"/>.</exception>
    public static async Task<Session> ConnectAsync(
        Uri endpoint,
        string token,
        ChatClientOptions options,
        Inbox inbox,
        Action<MessageRejection> rejected,
        CancellationToken cancellationToken)
    {
        var session = new Session(endpoint, token, options);
        try
        {
            session.Listen(inbox, rejected);
            await session.StartAsync(cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Resume, for at most <see cref="Limits.GroupsPerResume"/> groups.</summary>
    public async Task<IReadOnlyList<ResumeResult>> ResumeAsync(
        IReadOnlyList<ResumePosition> positions, CancellationToken cancellationToken) =>
        await CallAsync<ResumeResult[]>(HubContract.Resume, [positions], cancellationToken).ConfigureAwait(false);

    /// <summary>SendMessage.</summary>
    public Task<SendReceipt> SendAsync(string groupId, string clientMessageId, string body, CancellationToken cancellationToken) =>
        CallAsync<SendReceipt>(HubContract.SendMessage, [groupId, clientMessageId, body], cancellationToken);

    /// <summary>GetHistory.</summary>
    public Task<HistoryPage> HistoryAsync(string groupId, HistoryPosition position, int limit, CancellationToken cancellationToken) =>
        CallAsync<HistoryPage>(HubContract.GetHistory, [groupId, position, limit], cancellationToken);

    /// <summary>GetOutcomes.</summary>
    public async Task<IReadOnlyList<SendOutcome>> OutcomesAsync(
        string groupId, IReadOnlyList<string> clientMessageIds, CancellationToken cancellationToken) =>
        await CallAsync<SendOutcome[]>(HubContract.GetOutcomes, [groupId, clientMessageIds.ToArray()], cancellationToken).ConfigureAwait(false);

    /// <summary>Leaves this connection now, and names the pause before the next.</summary>
    public void Leave(TimeSpan? pause = null) => EndWith(() => _end.SetResult(pause));

    /// <summary>Leaves this connection now, because of a failure that another connection does not cure.</summary>
    public void Fail(Exception fault) => EndWith(() => _end.SetException(fault));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Leave();

        // Whoever ended it may still be cancelling the source that is disposed of here.
        await ((Task)End).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _hub.DisposeAsync().ConfigureAwait(false);
        _ended.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_timeout);
        try
        {
            await _hub.StartAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            // SignalR has a deadline of its own, for the handshake.
            throw new TimeoutException("The gateway did not open the connection in time.", late);
        }
        catch (InvalidOperationException lost) when (_socket is not null)
        {
            throw new IOException("The gateway closed the connection during the handshake.", lost);
        }
    }

    private async Task<T> CallAsync<T>(string method, object[] arguments, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Ended);
        deadline.CancelAfter(_timeout);
        try
        {
            return await _hub.InvokeCoreAsync<T>(method, arguments, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception unanswered) when (unanswered is not HubException && !cancellationToken.IsCancellationRequested)
        {
            // SignalR fails a call with whatever ended its connection, and some of it looks like a fault of the program. The socket is
            // asked because it is closed before the call fails; Closed is raised only afterwards.
            if (Ended.IsCancellationRequested || _socket?.State != WebSocketState.Open)
            {
                throw new IOException("The connection was lost before the answer came.", unanswered);
            }

            if (unanswered is OperationCanceledException)
            {
                throw new TimeoutException($"No answer to {method} in time.", unanswered);
            }

            throw;
        }
    }

    private void Listen(Inbox inbox, Action<MessageRejection> rejected)
    {
        // A handler that waits holds up the connection's reading: this is how a slow application is felt by the gateway.
        _hub.On<ChatMessage>(HubContract.MessageReceived, message => inbox.AcceptAsync(message, Ended));
        _hub.On<MessageRejection>(HubContract.MessageRejected, rejection =>
        {
            try
            {
                rejected(rejection);
            }
            catch (Exception fault)
            {
                // SignalR would log it, and nobody would see it.
                Fail(fault);
            }
        });
        _hub.On<string?>(HubContract.MessagesMissed, inbox.Missed);
        _hub.On<long>(HubContract.Draining, milliseconds => Leave(TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, 60_000))));
        _hub.Closed += _ =>
        {
            Leave();
            return Task.CompletedTask;
        };
    }

    private void EndWith(Action complete)
    {
        if (Interlocked.Exchange(ref _ending, 1) == 0)
        {
            _ended.Cancel();
            complete();
        }
    }
}
