using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Client.Retrying;

/// <summary>One call, made again after every transient failure, until it is answered or refused for good.</summary>
internal static class RepeatedCall
{
    /// <summary>Makes the attempts, with growing pauses between them.</summary>
    /// <exception cref="ChatException">The gateway refused with a code that trying again does not change.</exception>
    public static async Task<T> RunAsync<T>(Func<Task<T>> attempt, TimeProvider clock, CancellationToken cancellationToken)
    {
        var delay = ReconnectDelay.ForCalls();
        while (true)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (Exception failed) when (TransientFailures.Contains(failed) && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(delay.Next(), clock, cancellationToken).ConfigureAwait(false);
            }
            catch (HubException refused)
            {
                throw ChatException.From(refused);
            }
        }
    }
}
