using ConnectChat.Client.Connecting;
using ConnectChat.Client.Ordering;
using ConnectChat.Client.Retrying;
using ConnectChat.Client.Sending;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;

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
/// <para><b>Failing.</b> What passes is tried again: a network that breaks, a gateway that answers 408, 429, 500, 502, 503 or 504, the
/// codes <see cref="ErrorCodes.Unavailable"/>, <see cref="ErrorCodes.RateLimited"/>, <see cref="ErrorCodes.Overloaded"/> and
/// <see cref="ErrorCodes.Internal"/>. Everything else ends the client, or the call, with the exception that tells it: a certificate that
/// is not trusted, an address where no gateway is, an exception of the token provider or of a handler of an event.</para>
/// <para>Thread-safe; <see cref="ReadMessagesAsync"/> is for one reader.</para>
/// </remarks>
public sealed class ChatClient : IAsyncDisposable
{
    private readonly TimeProvider _clock;
    private readonly Inbox _inbox;
    private readonly CurrentSession _current = new();
    private readonly ConnectionLoop _connections;
    private readonly SendOrder _order = new();
    private readonly UndecidedSends _undecided = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private bool _disposed;

    /// <summary>Creates a client; <see cref="ConnectAsync"/> starts it.</summary>
    /// <exception cref="ArgumentException">No endpoint, or an inbox without room.</exception>
    public ChatClient(ChatClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.InboxCapacity, 1);
        ArgumentOutOfRangeException.ThrowIfZero(options.Endpoints.Count);
        _clock = options.Clock;
        _inbox = new Inbox(options.InboxCapacity, options.OnlyPositions, message => _undecided.Decided(message.GroupId, message.ClientMessageId));
        _connections = new ConnectionLoop(options, _inbox, _undecided, _current, new ClientEvents(
            report => ConnectionChanged?.Invoke(report), report => GroupResumed?.Invoke(report),
            report => GapReported?.Invoke(report), Rejected));
        foreach (var (group, position) in options.Positions)
        {
            _inbox.Groups.Know(group, position);
        }
    }

    /// <summary>
    /// An accepted send that was refused afterwards; nobody received it. One of this client's own that was refused while it was not connected is
    /// told when it is again. Raised on the connection's thread: be quick.
    /// </summary>
    public event Action<MessageRejection>? MessageRejected;

    /// <summary>
    /// Messages that cannot be had any more. Raised once per gap, however often the client connects afterwards, on the connection's
    /// thread: be quick. With the code <see cref="ResumeCodes.PositionBeyondNewest"/> the group has another history than before, because
    /// it was restored or made anew: its messages are read again from the first one.
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
    public int Connections => _connections.Connections;

    /// <summary>
    /// Group → last sequence that the application has dealt with, which it says by asking <see cref="ReadMessagesAsync"/> for the next
    /// message. Persist it and give it to <see cref="ChatClientOptions.Positions"/> to go on after a restart.
    /// </summary>
    public IReadOnlyDictionary<string, long> Positions => _inbox.Groups.Positions;

    /// <summary>Starts the client, and returns once it is connected for the first time. Later losses are its own business.</summary>
    /// <exception cref="ChatException">The token was refused.</exception>
    /// <exception cref="HttpRequestException">The endpoint refuses with a status that trying again does not change.</exception>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_running != Task.CompletedTask)
            {
                throw new InvalidOperationException("A ChatClient is started once.");
            }

            _running = Task.Run(() => RunAsync(_stop.Token), CancellationToken.None);
        }

        await _current.GetAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Every message of every group, in order per group, each once. Ends when the client is disposed of.</summary>
    /// <exception cref="ChatException">The token was refused while reconnecting.</exception>
    /// <exception cref="Exception">What ended the client, if trying again does not change it. Calls that wait get the same.</exception>
    public IAsyncEnumerable<ChatMessage> ReadMessagesAsync(CancellationToken cancellationToken = default) =>
        _inbox.ReadAsync(cancellationToken);

    /// <summary>Sends a message, and returns when a gateway has accepted it: from then on it will be delivered, or rejected.</summary>
    /// <param name="groupId">The group.</param>
    /// <param name="body">The text, at most <see cref="Limits.BodyBytes"/> bytes of UTF-8.</param>
    /// <param name="clientMessageId">Makes a repeated call the same message; null chooses one.</param>
    /// <param name="cancellationToken">Stops trying. The message may have been accepted.</param>
    /// <exception cref="ChatException">Refused; trying again does not help.</exception>
    public Task<SendReceipt> SendAsync(
        string groupId, string body, string? clientMessageId = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(groupId);
        ArgumentNullException.ThrowIfNull(body);
        clientMessageId ??= Guid.NewGuid().ToString("N");
        return _order.RunAsync(
            groupId,
            () => SendInTurnAsync(groupId, clientMessageId, body, cancellationToken),
            cancellationToken);
    }

    /// <summary>Reads history, apart from the stream of messages: for scrolling back.</summary>
    /// <exception cref="ChatException">Refused.</exception>
    public Task<HistoryPage> GetHistoryAsync(
        string groupId, HistoryPosition position, int limit, CancellationToken cancellationToken = default) =>
        CallAsync(session => session.HistoryAsync(groupId, position, limit, cancellationToken), cancellationToken);

    /// <summary>
    /// What became of accepted sends of this user, also of another device, or of this one before the application was restarted.
    /// </summary>
    /// <param name="groupId">The group that they were sent to.</param>
    /// <param name="clientMessageIds">1 to <see cref="Limits.OutcomesPerCall"/>.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>One per id, in the order asked.</returns>
    /// <exception cref="ChatException">Refused.</exception>
    public Task<IReadOnlyList<SendOutcome>> GetOutcomesAsync(
        string groupId, IReadOnlyList<string> clientMessageIds, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(groupId);
        ArgumentNullException.ThrowIfNull(clientMessageIds);
        return CallAsync(session => session.OutcomesAsync(groupId, clientMessageIds, cancellationToken), cancellationToken);
    }

    /// <summary>Leaves. Messages that wait for the application can still be read.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        End(null);
        _inbox.Dispose();
        _stop.Dispose();
    }

    private async Task<SendReceipt> SendInTurnAsync(string groupId, string clientMessageId, string body, CancellationToken cancellationToken)
    {
        _undecided.Add(groupId, clientMessageId);
        try
        {
            return await CallAsync(session => session.SendAsync(groupId, clientMessageId, body, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (ChatException)
        {
            _undecided.Decided(groupId, clientMessageId);
            throw;
        }
    }

    private void Rejected(MessageRejection rejection)
    {
        _undecided.Decided(rejection.GroupId, rejection.ClientMessageId);
        MessageRejected?.Invoke(rejection);
    }

    private Task<T> CallAsync<T>(Func<Session, Task<T>> call, CancellationToken cancellationToken) => RepeatedCall.RunAsync(
        async () => await call(await _current.GetAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false),
        _clock,
        cancellationToken);

    private async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await _connections.RunAsync(stop).ConfigureAwait(false);
        }
        catch (Exception ended)
        {
            End(stop.IsCancellationRequested ? null : ended);
        }
    }

    private void End(Exception? error)
    {
        _inbox.Complete(error);
        _current.End(error ?? new ObjectDisposedException(nameof(ChatClient)));
    }
}
