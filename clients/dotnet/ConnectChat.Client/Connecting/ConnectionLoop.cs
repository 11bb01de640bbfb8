using System.Diagnostics.CodeAnalysis;
using System.Net;
using ConnectChat.Client.Ordering;
using ConnectChat.Client.Retrying;
using ConnectChat.Client.Sending;
using ConnectChat.Contracts;

namespace ConnectChat.Client.Connecting;

/// <summary>Keeps a client connected: one gateway after the other, with pauses that spread the clients of a lost one.</summary>
[SuppressMessage("Security", "CA5394", Justification = "Spreading clients over gateways needs no secrecy.")]
internal sealed class ConnectionLoop(
    ChatClientOptions options, Inbox inbox, UndecidedSends undecided, CurrentSession current, ClientEvents events)
{
    private int _endpoint = Random.Shared.Next(options.Endpoints.Count);
    private int _connections;

    /// <summary>How many connections were made so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Runs until it is stopped, or until something fails that is not worth another attempt.</summary>
    /// <exception cref="ChatException">Two gateways in a row refused the token.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        var delay = ReconnectDelay.ForConnections();
        var refusals = 0;
        while (true)
        {
            var endpoint = options.Endpoints[_endpoint++ % options.Endpoints.Count];
            var (change, asked, reason) = await TryAsync(endpoint, stop).ConfigureAwait(false);
            if (change != ConnectionChange.Failed)
            {
                delay.Reset();
            }

            refusals = IsUnauthorized(reason) ? refusals + 1 : 0;
            if (refusals > 1)
            {
                throw new ChatException(
                    ErrorCodes.Unauthenticated, "The gateways refuse the token. Get a valid one and create a new client.", reason);
            }

            // A new token is worth trying at once; the clients of a draining gateway were spread by the gateway already.
            var pause = refusals > 0 ? TimeSpan.Zero : asked ?? delay.Next();
            events.ConnectionChanged(new ConnectionReport(change, endpoint, pause, reason));
            await Task.Delay(pause, options.Clock, stop).ConfigureAwait(false);
        }
    }

    private async Task<(ConnectionChange Change, TimeSpan? Pause, Exception? Reason)> TryAsync(Uri endpoint, CancellationToken stop)
    {
        try
        {
            var asked = await ConnectOnceAsync(endpoint, stop).ConfigureAwait(false);
            return (asked is null ? ConnectionChange.Lost : ConnectionChange.Draining, asked, null);
        }
        catch (Exception failed) when (IsUnauthorized(failed) || TransientFailures.Contains(failed))
        {
            return (ConnectionChange.Failed, null, failed);
        }
    }

    private async Task<TimeSpan?> ConnectOnceAsync(Uri endpoint, CancellationToken stop)
    {
        var token = await options.TokenProvider().ConfigureAwait(false);
        var session = await Session.ConnectAsync(endpoint, token, options, inbox, events.MessageRejected, stop).ConfigureAwait(false);
        await using var disposal = session.ConfigureAwait(false);
        Interlocked.Increment(ref _connections);
        events.ConnectionChanged(new ConnectionReport(ConnectionChange.Connected, endpoint, null, null));

        inbox.Groups.WantAll();
        var work = new SessionWork(session, inbox, undecided, events, options).RunAsync(endpoint, token);
        current.Begin(session);
        try
        {
            return await session.End.WaitAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            current.Clear();
            session.Leave();
            await work.ConfigureAwait(false);
        }
    }

    private static bool IsUnauthorized(Exception? failed) => failed is UpgradeRefusedException { StatusCode: HttpStatusCode.Unauthorized };
}
