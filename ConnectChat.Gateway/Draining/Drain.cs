using System.Collections.Concurrent;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Connections;
using ConnectChat.Gateway.SendQueues;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway.Draining;

/// <summary>
/// Empties this gateway: not ready and admitting nobody at once, then <c>Draining</c> and a close with 1001 for each connection, spread
/// evenly over the drain window so that the other gateways are not stormed.
/// </summary>
internal sealed partial class Drain(LocalConnections connections, AdmissionGate gate, TimeProvider clock, IOptions<DrainOptions> options, ILogger<Drain> logger)
{
    private const int LongestHintMilliseconds = 3_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Notice = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, bool> _told = new();
    private Task? _running;

    /// <summary>True from the first moment of a drain, for ever.</summary>
    public bool Started => gate.IsClosed;

    /// <summary>Starts the drain, once; the task ends when the connections have gone or did not answer in time.</summary>
    public Task BeginAsync()
    {
        lock (_lock)
        {
            // Before anything is read.
            gate.Close();

            // Yields first: no caller waits for the pacing.
            return _running ??= Task.Run(RunAsync);
        }
    }

    /// <summary>A connection has registered: tells it too, when it was admitted before the drain began.</summary>
    public void Joined(ChatConnection connection)
    {
        if (Started)
        {
            _ = TellAsync(connection);
        }
    }

    private async Task RunAsync()
    {
        var all = connections.All();
        LogStarted(logger, all.Count, options.Value.DrainWindow.TotalSeconds);
        await Spread.OverAsync(all, options.Value.DrainWindow, clock, connection => _ = TellAsync(connection));

        foreach (var late in connections.All())
        {
            _ = TellAsync(late);
        }

        var goodbyeAt = clock.GetTimestamp();
        while (connections.Count + connections.Opening > 0 && clock.GetElapsedTime(goodbyeAt) < Goodbye)
        {
            await Task.Delay(Pause, clock);
        }

        LogEnded(logger, connections.Count);
    }

    private async Task TellAsync(ChatConnection connection)
    {
        if (!_told.TryAdd(connection.Id, true))
        {
            return;
        }

        // Jitter in the hint: those told at about the same time come back at different ones.
        connection.SendQueue.TryEnqueue(new OutboundMessage(HubContract.Draining, Random.Shared.Next(LongestHintMilliseconds)));

        // .NET's client throws away what it has received and not yet read when a close other than 1000 arrives: first let it read.
        await Task.Delay(Notice, clock);
        connection.SendQueue.Close(CloseCodes.Draining);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Draining {connections} connections over {seconds} s")]
    private static partial void LogStarted(ILogger logger, int connections, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Drained; {left} connections did not answer")]
    private static partial void LogEnded(ILogger logger, int left);
}
