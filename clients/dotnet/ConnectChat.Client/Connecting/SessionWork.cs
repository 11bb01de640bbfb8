using System.Net;
using ConnectChat.Client.Ordering;
using ConnectChat.Client.Retrying;
using ConnectChat.Client.Sending;
using ConnectChat.Contracts.Hub;

namespace ConnectChat.Client.Connecting;

/// <summary>
/// What runs on a connection as long as it lasts: resuming what was missed, finding the user's groups, and asking what became of sends.
/// </summary>
internal sealed class SessionWork(Session session, Inbox inbox, UndecidedSends undecided, ClientEvents events, ChatClientOptions options)
{
    // The list of a user's groups follows a change by moments: one that was joined just before the first read is in the second.
    private static readonly TimeSpan DirectoryDelay = TimeSpan.FromSeconds(5);

    /// <summary>Ends with the connection, and never with an error: one that matters ends the connection.</summary>
    public Task RunAsync(Uri endpoint, string token)
    {
        var resume = new ResumeLoop(inbox, session.ResumeAsync, events.GroupResumed, events.GapReported, options.Clock);
        var discovers = options.DiscoverGroups && !options.OnlyPositions;
        return Task.WhenAll(
            WatchAsync(resume.RunAsync),
            WatchAsync(AskOutcomesAsync),
            discovers ? WatchAsync(ended => DiscoverAsync(endpoint, token, ended)) : Task.CompletedTask);
    }

    // What is decided from now on is told on this connection.
    private async Task AskOutcomesAsync(CancellationToken ended)
    {
        foreach (var (group, ids) in undecided.Lots())
        {
            IReadOnlyList<SendOutcome> outcomes;
            try
            {
                outcomes = await RepeatedCall.RunAsync(() => session.OutcomesAsync(group, ids, ended), options.Clock, ended).ConfigureAwait(false);
            }
            catch (ChatException)
            {
                // A gateway that is older than this question. The application can still be told by a later one.
                return;
            }

            foreach (var outcome in outcomes.Where(outcome => outcome.Outcome != SendOutcomes.Unknown))
            {
                if (undecided.Decided(group, outcome.ClientMessageId) && outcome.Code is { } code)
                {
                    events.MessageRejected(new MessageRejection { GroupId = group, ClientMessageId = outcome.ClientMessageId, Code = code });
                }
            }
        }
    }

    private async Task DiscoverAsync(Uri endpoint, string token, CancellationToken ended)
    {
        // A proxy of the environment cannot reach this machine.
        using var handler = new SocketsHttpHandler { UseProxy = !endpoint.IsLoopback };
        using var http = new HttpClient(handler) { Timeout = options.Timeout };
        var delay = ReconnectDelay.ForConnections();
        for (var reads = 0; reads < 2;)
        {
            try
            {
                foreach (var group in await GroupDirectory.ReadAsync(http, endpoint, token, ended).ConfigureAwait(false))
                {
                    inbox.Groups.Discover(group);
                }

                reads++;
                await Task.Delay(DirectoryDelay, options.Clock, ended).ConfigureAwait(false);
            }
            catch (Exception failed) when (TransientFailures.Contains(failed) || HasExpired(failed))
            {
                await Task.Delay(delay.Next(), options.Clock, ended).ConfigureAwait(false);
            }
        }
    }

    // The token was good when the connection was made. The gateway closes that, and the next one brings a new token.
    private static bool HasExpired(Exception failed) => failed is HttpRequestException { StatusCode: HttpStatusCode.Unauthorized };

    private async Task WatchAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(session.Ended).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (session.Ended.IsCancellationRequested)
        {
            // The ordinary end.
        }
        catch (Exception failed) when (TransientFailures.Contains(failed))
        {
            // A connection on which resuming failed may have gaps that nobody looks after.
            session.Leave();
        }
        catch (Exception fault)
        {
            session.Fail(fault);
        }
    }
}
