using System.Collections.Concurrent;
using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Load;

/// <summary>After traffic: waits until everything that is due has come, without sending anything, and asks what became of the rest.</summary>
internal sealed class Settling(Crowd crowd, TopicWatch topic, HistoryWriter history)
{
    // Rejections are told live to whoever is connected; the others are asked for.
    private static readonly TimeSpan AskAfter = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<SendKey, bool> _told = [];

    /// <summary>
    /// Waits until every accepted send is decided and every device has the newest message of each of its user's groups, or the patience is over.
    /// </summary>
    public async Task WaitAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        foreach (var device in crowd.Devices.Where(device => !device.IsHere))
        {
            await device.ComeAsync(cancellationToken).WaitAsync(patience, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var most = AskAfter < patience ? AskAfter : patience;
        await Polling.UntilAsync(() => Task.FromResult(Undecided().Count == 0), done => done, most, cancellationToken);
        await Polling.UntilAsync(() => AskAsync(cancellationToken), undecided => undecided == 0, patience, cancellationToken);
        await Polling.UntilAsync(() => Task.FromResult(crowd.Devices.All(HasEverything)), done => done, patience, cancellationToken);
    }

    // Asks what became of every accepted send that nothing was seen of; how many are still open.
    private async Task<int> AskAsync(CancellationToken cancellationToken)
    {
        await Parallel.ForEachAsync(
            Undecided(),
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancellationToken },
            async (send, token) =>
            {
                var sender = crowd.People.Single(person => person.Name == send.Sender);
                var (outcome, sequence, code) = await sender.Rest.OutcomeAsync(send.Group, send.ClientId, token);
                if (outcome != "unknown" && _told.TryAdd(send, true))
                {
                    history.Add(new OutcomeTold(history.Now, send.Sender, send.Group, send.ClientId, outcome, sequence, code));
                }
            });
        return Undecided().Count;
    }

    private List<SendKey> Undecided() =>
        [.. crowd.Sends.Accepted.Where(send => !crowd.Sends.IsRejected(send) && !topic.Seen.ContainsKey(send) && !_told.ContainsKey(send))];

    private bool HasEverything(IDevice device) => device.IsConnected && topic.Newest.All(newest =>
        !crowd.Members[newest.Key].TryGetValue(device.Observer.User, out var joined)
        || device.Observer.LastOf(newest.Key) >= newest.Value.Sequence
        || joined > newest.Value.Version);
}
