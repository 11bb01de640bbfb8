using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Connections;
using ConnectChat.Gateway.SendQueues;

namespace ConnectChat.Gateway.Deliveries;

/// <summary>
/// The event of a record that this gateway could not read is in history, but clients connected here would notice only at the next event of
/// the group. So they are told to resume: the record's recipients, or everybody when the recipients are unknown.
/// </summary>
/// <remarks>
/// Spread over some seconds, so that Groups and history are not stormed; whatever is missed while all are told is covered by one more round
/// after it. Safe for any thread.
/// </remarks>
internal sealed partial class MissedRecords(LocalConnections connections, TimeProvider clock, ILogger<MissedRecords> logger)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(4);

    private readonly Lock _lock = new();
    private bool _running;
    private bool _again;

    /// <summary>A record of this group was missed by those who are connected here under these numbers.</summary>
    public void Tell(string groupId, IReadOnlyList<uint> recipients) =>
        _ = TellAsync(recipients.SelectMany(connections.Of), groupId);

    /// <summary>Records were missed, nobody knows whose.</summary>
    public void TellAll()
    {
        lock (_lock)
        {
            _again = true;
            if (_running)
            {
                return;
            }

            _running = true;
        }

        _ = RunAsync();
    }

    private async Task RunAsync()
    {
        while (Begins())
        {
            var all = connections.All();
            LogTelling(logger, all.Count);

            // The whole window, however few they are: records may be missed by the thousand.
            await Task.WhenAll(TellAsync(all, groupId: null), Task.Delay(Window, clock));
        }
    }

    private bool Begins()
    {
        lock (_lock)
        {
            (_running, _again) = (_again, false);
            return _running;
        }
    }

    private Task TellAsync(IEnumerable<ChatConnection> told, string? groupId)
    {
        var message = new OutboundMessage(HubContract.MessagesMissed, groupId);
        return Spread.OverAsync(told, Window, clock, connection => connection.SendQueue.TryEnqueue(message));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Records of the bus were missed; {connections} clients are told to resume")]
    private static partial void LogTelling(ILogger logger, int connections);
}
