using ConnectChat.Contracts;
using ConnectChat.Contracts.History;
using ConnectChat.Contracts.Hub;
using ConnectChat.Contracts.Records;
using ConnectChat.Gateway.Connections;
using ConnectChat.Gateway.Deliveries.Kinds;
using ConnectChat.Gateway.RateLimits;
using ConnectChat.Gateway.SendQueues;
using ConnectChat.Gateway.Telemetry;
using ConnectChat.ServiceDefaults.Rpc;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway.History;

/// <summary>Replays one group to one connection and switches it to live.</summary>
/// <remarks>
/// While it runs, live messages of the group are not queued; only the greatest live sequence is noted. History is written before a
/// message is published and reads are consistent, so a read that begins after a sequence was noted holds it: the loop reads until
/// nothing beyond what it covered was noted, and then the switch and the check are one step (<see cref="ChatConnection"/>). No live
/// frame is buffered meanwhile.
/// </remarks>
internal sealed class Replay(
    HistoryReader history,
    DeliveryKinds kinds,
    AdmissionGate gate,
    UserRateLimits limits,
    GatewayTelemetry telemetry,
    TimeProvider clock,
    IOptions<ReplayOptions> options)
{
    /// <summary>Messages per read.</summary>
    private const int PageSize = 100;

    /// <summary>Bytes of the first read of a group, which runs beside those of other groups: most have little to replay, or nothing.</summary>
    private const int FirstPageBytes = 32 * 1024;

    /// <summary>Bytes of each further read, of which one connection has one at a time.</summary>
    private const int PageBytes = 128 * 1024;

    public async Task<ResumeResult> RunAsync(ChatConnection connection, ResumePosition from, SemaphoreSlim turn, CancellationToken cancellationToken)
    {
        var progress = new Progress(from.GroupId, from.LastSequence);
        connection.BeginReplay(from.GroupId);
        try
        {
            while (true)
            {
                await limits.PaceReplayAsync(connection.UserId, cancellationToken);
                var (end, noted) = progress.Begun
                    ? await ReplayNextAsync(connection, progress, turn, cancellationToken)
                    : await ReplayFirstAsync(connection, progress, turn, cancellationToken);
                if (progress.NewestSequence is { } newest)
                {
                    progress.Last = newest;
                    return Abandon(connection, progress, ResumeCodes.PositionBeyondNewest);
                }

                // At the end of a read, all that was noted before it is covered, even what this reader may not see.
                if (end && connection.TryEndReplay(from.GroupId, Math.Max(progress.Last, noted)))
                {
                    // Live now; but a gateway that does not hear the bus does not know what else was said.
                    return progress.Result(gate.IsReading ? null : ErrorCodes.Unavailable);
                }

                if (progress.Replayed >= options.Value.ReplayLimit)
                {
                    return Abandon(connection, progress, ResumeCodes.MoreToReplay);
                }
            }
        }
        catch (RpcException exception)
        {
            var code = RpcErrors.CodeOf(exception);
            return Abandon(connection, progress, code == ErrorCodes.NotAMember ? code : ErrorCodes.Unavailable);
        }
        catch
        {
            connection.AbandonReplay(from.GroupId, progress.Last);
            throw;
        }
        finally
        {
            telemetry.Replayed(progress.Replayed);
        }
    }

    private static ResumeResult Abandon(ChatConnection connection, Progress progress, string code)
    {
        connection.AbandonReplay(progress.GroupId, progress.Last);
        return progress.Result(code);
    }

    private async Task<(bool End, long Noted)> ReplayFirstAsync(
        ChatConnection connection, Progress progress, SemaphoreSlim turn, CancellationToken cancellationToken)
    {
        progress.Begun = true;
        await WaitForRoomAsync(connection, cancellationToken);
        var noted = connection.Noted(progress.GroupId);
        var (messages, end) = await ReadAsync(connection, progress, FirstPageBytes, cancellationToken);
        if (messages.Count > 0)
        {
            await turn.WaitAsync(cancellationToken);
            try
            {
                await QueueAsync(connection, progress, messages, cancellationToken);
            }
            finally
            {
                turn.Release();
            }
        }

        return (end, noted);
    }

    // The turn is held from the read on, so that nothing is read for a client that has not taken the previous page.
    private async Task<(bool End, long Noted)> ReplayNextAsync(
        ChatConnection connection, Progress progress, SemaphoreSlim turn, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            await WaitForRoomAsync(connection, cancellationToken);
            var noted = connection.Noted(progress.GroupId);
            var (messages, end) = await ReadAsync(connection, progress, PageBytes, cancellationToken);
            await QueueAsync(connection, progress, messages, cancellationToken);
            return (end, noted);
        }
        finally
        {
            turn.Release();
        }
    }

    // End is true when the page holds the last that the reader may see.
    private async Task<(List<OutgoingEvent> Messages, bool End)> ReadAsync(
        ChatConnection connection, Progress progress, int bytes, CancellationToken cancellationToken)
    {
        var request = new ReadHistoryRequest
        {
            GroupId = progress.GroupId,
            ReaderId = connection.UserId,
            AfterSequence = progress.Last,
            MaxBytes = bytes,
            Limit = Math.Min(PageSize, Math.Max(1, options.Value.ReplayLimit - progress.Replayed)),
        };
        var read = await history.ReadAsync(request, cancellationToken);
        progress.NewestSequence = read.NewestSequence;
        return (read.Messages, read.EndOfHistory || read.Messages.Count == 0);
    }

    private async Task QueueAsync(ChatConnection connection, Progress progress, List<OutgoingEvent> messages, CancellationToken cancellationToken)
    {
        foreach (var message in messages)
        {
            if (kinds.Of(message) is not { } kind)
            {
                // Of a kind that only a newer version knows: not told, and no gap for what comes after it.
                progress.Last = message.Sequence;
                continue;
            }

            await QueueAsync(connection, kind.Present(message, progress.Told), cancellationToken);
            progress.Last = progress.Told = message.Sequence;
            progress.Replayed++;
        }
    }

    private async ValueTask QueueAsync(ChatConnection connection, OutboundMessage message, CancellationToken cancellationToken)
    {
        await WaitForRoomAsync(connection, cancellationToken);
        if (!connection.SendQueue.TryEnqueue(message))
        {
            throw new OperationCanceledException("The connection is gone.");
        }
    }

    private async ValueTask WaitForRoomAsync(ChatConnection connection, CancellationToken cancellationToken)
    {
        var room = connection.SendQueue.WaitForRoomAsync(cancellationToken);
        if (!room.IsCompletedSuccessfully)
        {
            try
            {
                await room.AsTask().WaitAsync(options.Value.ReplayPatience, clock, cancellationToken);
            }
            catch (TimeoutException)
            {
                connection.SendQueue.CutOff(CloseCodes.TooSlow);
                throw new OperationCanceledException("The client does not read its replay.");
            }
        }
    }

    private sealed class Progress(string groupId, long last)
    {
        public string GroupId { get; } = groupId;

        /// <summary>Whether history was read already.</summary>
        public bool Begun { get; set; }

        /// <summary>Up to where history was read.</summary>
        public long Last { get; set; } = last;

        /// <summary>The last sequence that the client was told.</summary>
        public long Told { get; set; } = last;

        public int Replayed { get; set; }

        /// <summary>The group's newest sequence, when the client's position is beyond it.</summary>
        public long? NewestSequence { get; set; }

        public ResumeResult Result(string? code) => new()
        {
            GroupId = GroupId,
            Complete = code is null,
            Replayed = Replayed,
            LastSequence = Last,
            Code = code,
        };
    }
}
