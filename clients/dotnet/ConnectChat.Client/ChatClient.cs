using System.Diagnostics.CodeAnalysis;
using ConnectChat.Client.Connecting;
using ConnectChat.Client.Ordering;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Client;

/// <summary>One user's place in all their groups, held through lost connections and gateways that come and go.</summary>
/// <remarks>
/// <para><b>Receiving.</b> <see cref="ReadMessagesAsync"/> gives the messages of one group in the group's order, each exactly once in the
/// life of this object, and none left out: what was missed is resumed from history, and what cannot be had is told by
/// <see cref="GapReported"/>. Across restarts of the application it is at least once: restore <see cref="Positions"/>.</para>
/// <para><b>Sending.</b> <see cref="SendAsync"/> tries again with the same client message id until a gateway accepted or refused, so one
/// call is one message. Calls for one group are made one after another, in the order of the calls. Accepted is not yet delivered: a
/// message that is refused afterwards (its sender was removed meanwhile) is told by <see cref="MessageRejected"/>.</para>
/// <para><b>Connecting.</b> Lost connections are replaced with full jitter, 0–5 s growing to 30 s, at the next endpoint; a gateway that
/// drains is left after the pause that it asks for. A token refused twice in a row ends the client with
/// <see cref="ErrorCodes.Unauthenticated"/>.</para>
/// <para>Thread-safe; <see cref="ReadMessagesAsync"/> is for one reader.</para>
/// </remarks>
public sealed class ChatClient : IAsyncDisposable
{
    private readonly ChatClientOptions _options;
    private readonly Inbox _inbox;
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task> _sending = [];
    private TaskCompletionSource<Session> _session = NewSession();
    private Task _running = Task.CompletedTask;
    private int _endpoint;

    /// <summary>Creates a client; <see cref="ConnectAsync"/> starts it.</summary>
    /// <exception cref="ArgumentException">No endpoint, or an inbox without room.</exception>
    [SuppressMessage("Security", "CA5394", Justification = "Spreading clients over gateways needs no secrecy.")]
    public ChatClient(ChatClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.InboxCapacity, 1);
        ArgumentOutOfRangeException.ThrowIfZero(options.Endpoints.Count);
        _options = options;
        _inbox = new Inbox(options.InboxCapacity, options.OnlyPositions);

        // A proxy of the environment cannot reach this machine's own gateways.
        var useProxy = !options.Endpoints.All(endpoint => endpoint.IsLoopback);
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = useProxy }) { Timeout = options.Timeout };
        _endpoint = Random.Shared.Next(options.Endpoints.Count);
        foreach (var (group, position) in options.Positions)
        {
            _inbox.Know(group, position);
        }
    }

    /// <summary>An accepted send that was refused afterwards; nobody received it. Raised on the connection's thread: be quick.</summary>
    public event Action<MessageRejection>? MessageRejected;

    /// <summary>
    /// Messages that cannot be had any more. Raised once per gap, however often the client connects afterwards, on the connection's thread: be quick.
    /// </summary>
    public event Action<GapReport>? GapReported;

    /// <summary>
    /// What becomes of the connection: made, lost, left because the gateway drains, or not to be had, and when the next is tried. For
    /// showing it; nothing has to be done about it. Raised one after the other on the task that connects: be quick.
    /// </summary>
    public event Action<ConnectionReport>? ConnectionChanged;

    /// <summary>
    /// A group was resumed: after a connection was made, or because a message came ahead of one that is missing. What was replayed has
    /// been queued for <see cref="ReadMessagesAsync"/>. Raised on the connection's task: be quick.
    /// </summary>
    public event Action<ResumeReport>? GroupResumed;

    /// <summary>How many connections were made so far.</summary>
    public int Connections { get; private set; }

    /// <summary>
    /// Group → last sequence that the application has dealt with, which it says by asking <see cref="ReadMessagesAsync"/> for the next
    /// message. Persist it and give it to <see cref="ChatClientOptions.Positions"/> to go on after a restart.
    /// </summary>
    public IReadOnlyDictionary<string, long> Positions => _inbox.Positions;

    /// <summary>Starts the client, and returns once it is connected for the first time. Later losses are its own business.</summary>
    /// <exception cref="ChatException">The token was refused.</exception>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_running != Task.CompletedTask)
            {
                throw new InvalidOperationException("A ChatClient is started once.");
            }

            _running = Task.Run(() => RunAsync(_stop.Token), CancellationToken.None);
        }

        await CurrentAsync(cancellationToken);
    }

    /// <summary>Every message of every group, in order per group, each once. Ends when the client is disposed of.</summary>
    /// <exception cref="ChatException">The token was refused while reconnecting.</exception>
    public IAsyncEnumerable<ChatMessage> ReadMessagesAsync(CancellationToken cancellationToken = default) => _inbox.ReadAsync(cancellationToken);

    /// <summary>Sends a message, and returns when a gateway has accepted it: from then on it will be delivered, or rejected.</summary>
    /// <param name="groupId">The group.</param>
    /// <param name="body">The text, at most <see cref="Limits.BodyBytes"/> bytes of UTF-8.</param>
    /// <param name="clientMessageId">Makes a repeated call the same message; null chooses one.</param>
    /// <param name="cancellationToken">Stops trying. The message may have been accepted.</param>
    /// <exception cref="ChatException">Refused; trying again does not help.</exception>
    public async Task<SendReceipt> SendAsync(
        string groupId, string body, string? clientMessageId = null, CancellationToken cancellationToken = default)
    {
        clientMessageId ??= Guid.NewGuid().ToString("N");
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_lock)
        {
            before = _sending.GetValueOrDefault(groupId, Task.CompletedTask);
            _sending[groupId] = done.Task;
        }

        try
        {
            await before.WaitAsync(cancellationToken);
            return await CallAsync(session => session.SendAsync(groupId, clientMessageId, body, cancellationToken), cancellationToken);
        }
        finally
        {
            // A call that gave up waiting must not let the next one overtake those before it.
            _ = before.ContinueWith(_ => Sent(groupId, done), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>Reads history, apart from the stream of messages: for scrolling back.</summary>
    /// <exception cref="ChatException">Refused.</exception>
    public Task<HistoryPage> GetHistoryAsync(string groupId, HistoryPosition position, int limit, CancellationToken cancellationToken = default) =>
        CallAsync(session => session.HistoryAsync(groupId, position, limit, cancellationToken), cancellationToken);

    /// <summary>Leaves. Messages that wait for the application can still be read.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        End(null);
        _http.Dispose();
    }

    private static TaskCompletionSource<Session> NewSession() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Sent(string groupId, TaskCompletionSource done)
    {
        lock (_lock)
        {
            if (_sending.TryGetValue(groupId, out var last) && last == done.Task)
            {
                _sending.Remove(groupId);
            }
        }

        done.SetResult();
    }

    private async Task<T> CallAsync<T>(Func<Session, Task<T>> call, CancellationToken cancellationToken)
    {
        var delay = ReconnectDelay.ForCalls();
        while (true)
        {
            var session = await CurrentAsync(cancellationToken);
            try
            {
                return await call(session);
            }
            catch (HubException refused) when (!ChatException.IsTransient(ChatException.CodeOf(refused)))
            {
                throw ChatException.From(refused);
            }
            catch (Exception) when (!cancellationToken.IsCancellationRequested)
            {
                // Refused for now, timed out, or the connection went away with the answer: the same call again, on what is then there.
                await Task.Delay(delay.Next(), _options.Clock, cancellationToken);
            }
        }
    }

    private Task<Session> CurrentAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _session.Task.WaitAsync(cancellationToken);
        }
    }

    private async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await KeepConnectedAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            End(null);
        }
        catch (Exception ended)
        {
            End(ended);
        }
    }

    private async Task KeepConnectedAsync(CancellationToken stop)
    {
        var delay = ReconnectDelay.ForConnections();
        var refusals = 0;
        while (true)
        {
            var endpoint = _options.Endpoints[_endpoint % _options.Endpoints.Count];
            TimeSpan? asked = null;
            Exception? reason = null;
            try
            {
                asked = await ConnectOnceAsync(endpoint, connected, stop);
            }
            catch (Exception failed) when (failed is not ChatException && !stop.IsCancellationRequested)
            {
                reason = failed;
                refusals = IsUnauthorized(failed) ? refusals + 1 : 0;
                if (refusals > 1)
                {
                    throw new ChatException(ErrorCodes.Unauthenticated, "The gateways refuse the token. Get a valid one and create a new client.", failed);
                }
            }

            // A new token is worth trying at once; the clients of a draining gateway were spread by the gateway already.
            _endpoint++;
            var pause = refusals > 0 ? TimeSpan.Zero : asked ?? delay.Next();
            var change = reason is not null ? ConnectionChange.Failed : asked is null ? ConnectionChange.Lost : ConnectionChange.Draining;
            ConnectionChanged?.Invoke(new ConnectionReport(change, endpoint, pause, reason));
            await Task.Delay(pause, _options.Clock, stop);
        }

        void connected()
        {
            delay.Reset();
            refusals = 0;
        }
    }

    private async Task<TimeSpan?> ConnectOnceAsync(Uri endpoint, Action connected, CancellationToken stop)
    {
        var token = await _options.TokenProvider();
        await using var session = await Session.ConnectAsync(endpoint, token, _options, _inbox, rejection => MessageRejected?.Invoke(rejection), stop);
        connected();
        Connections++;
        ConnectionChanged?.Invoke(new ConnectionReport(ConnectionChange.Connected, endpoint, null, null));
        _inbox.WantAll();
        var loop = new ResumeLoop(
            _inbox, session.ResumeAsync, resumed => GroupResumed?.Invoke(resumed), gap => GapReported?.Invoke(gap), _options.Clock);
        var work = Task.WhenAll(ResumeAsync(loop, session), DiscoverAsync(endpoint, token, session.Ended));
        lock (_lock)
        {
            _session.SetResult(session);
        }

        try
        {
            return await session.End.WaitAsync(stop);
        }
        finally
        {
            lock (_lock)
            {
                _session = NewSession();
            }

            session.Leave();
            await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task ResumeAsync(ResumeLoop loop, Session session)
    {
        try
        {
            await loop.RunAsync(session.Ended);
        }
        finally
        {
            // A connection on which resuming failed may have gaps that nobody looks after.
            session.Leave();
        }
    }

    private async Task DiscoverAsync(Uri endpoint, string token, CancellationToken ended)
    {
        var delay = ReconnectDelay.ForConnections();
        while (_options.DiscoverGroups && !_options.OnlyPositions)
        {
            try
            {
                foreach (var group in await GroupDirectory.ReadAsync(_http, endpoint, token, ended))
                {
                    _inbox.Discover(group);
                }

                return;
            }
            catch (Exception) when (!ended.IsCancellationRequested)
            {
                await Task.Delay(delay.Next(), _options.Clock, ended);
            }
        }
    }

    private static bool IsUnauthorized(Exception failed)
    {
        for (var cause = failed; cause is not null; cause = cause.InnerException)
        {
            // A WebSocket handshake has no other place for the status than the text.
            if (cause is HttpRequestException { StatusCode: System.Net.HttpStatusCode.Unauthorized } || cause.Message.Contains("'401'", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private void End(Exception? error)
    {
        _inbox.Complete(error);
        lock (_lock)
        {
            _session.TrySetException(error ?? new ObjectDisposedException(nameof(ChatClient)));
            _ = _session.Task.Exception;
        }
    }
}
