using System.Net;
using ConnectChat.Client.Ordering;
using ConnectChat.Client.Retrying;

namespace ConnectChat.Client.Connecting;

/// <summary>What runs on a connection as long as it lasts: resuming what was missed, and finding the user's groups.</summary>
internal sealed class SessionWork(Session session, Inbox inbox, ClientEvents events, ChatClientOptions options)
{
    /// <summary>Ends with the connection, and never with an error: one that matters ends the connection.</summary>
    public Task RunAsync(Uri endpoint, string token)
    {
        var resume = new ResumeLoop(inbox, session.ResumeAsync, events.GroupResumed, events.GapReported, options.Clock);
        var discovers = options.DiscoverGroups && !options.OnlyPositions;
        return Task.WhenAll(
            WatchAsync(resume.RunAsync),
            discovers ? WatchAsync(ended => DiscoverAsync(endpoint, token, ended)) : Task.CompletedTask);
    }

    private async Task DiscoverAsync(Uri endpoint, string token, CancellationToken ended)
    {
        // A proxy of the environment cannot reach this machine.
        using var handler = new SocketsHttpHandler { UseProxy = !endpoint.IsLoopback };
        using var http = new HttpClient(handler) { Timeout = options.Timeout };
        var delay = ReconnectDelay.ForConnections();
        while (true)
        {
            try
            {
                foreach (var group in await GroupDirectory.ReadAsync(http, endpoint, token, ended).ConfigureAwait(false))
                {
                    inbox.Groups.Discover(group);
                }

                return;
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
