using ConnectChat.Client.Retrying;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Client.Ordering;

/// <summary>
/// Resumes groups on one connection as long as any wants it: everything missed is replayed, or the gap is reported. Failures of the
/// connection end it; the next connection starts over from the same positions.
/// </summary>
internal sealed class ResumeLoop(
    KnownGroups groups,
    Func<IReadOnlyList<ResumePosition>, CancellationToken, Task<IReadOnlyList<ResumeResult>>> resume,
    Action<ResumeReport> resumed,
    Action<GapReport> report,
    TimeProvider clock)
{
    // A server that says "complete" without bringing what it announced is asked again this often before the gap is told.
    private const int AttemptsWithoutProgress = 3;

    private readonly Dictionary<string, int> _withoutProgress = [];
    private readonly Dictionary<string, ReconnectDelay> _delays = [];

    /// <summary>Runs until the connection ends.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var positions = await groups.TakeWantedAsync(Limits.GroupsPerResume, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<ResumeResult> results;
            try
            {
                results = await resume(positions, cancellationToken).ConfigureAwait(false);
            }
            catch (HubException refused)
            {
                // Nothing was replayed for any of them, for one reason.
                var code = ChatException.CodeOf(refused);
                results = [.. positions.Select(position => new ResumeResult
                {
                    GroupId = position.GroupId, Complete = false, Replayed = 0, LastSequence = position.LastSequence, Code = code,
                })];
            }

            foreach (var (position, result) in positions.Zip(results))
            {
                await groups.ReachAsync(result.GroupId, result.LastSequence, cancellationToken).ConfigureAwait(false);
                Judge(position.LastSequence, result, cancellationToken);
            }
        }
    }

    private void Judge(long before, ResumeResult result, CancellationToken cancellationToken)
    {
        var group = result.GroupId;
        var (behind, last) = groups.Resumed(group, result.Complete);
        if (result.Code == ResumeCodes.PositionBeyondNewest)
        {
            report(new GapReport(group, last, ResumeCodes.PositionBeyondNewest));
            groups.StartAgain(group);
            return;
        }

        if (!result.Complete && result.Code != ResumeCodes.MoreToReplay)
        {
            Incomplete(group, last, result.Code ?? ErrorCodes.Internal, cancellationToken);
            return;
        }

        _delays.Remove(group);
        resumed(new ResumeReport(group, result.Replayed, result.Complete));
        if (result.Complete && !behind)
        {
            _withoutProgress.Remove(group);
            return;
        }

        var attempts = last > before ? 0 : _withoutProgress.GetValueOrDefault(group) + 1;
        _withoutProgress[group] = attempts;
        if (attempts < AttemptsWithoutProgress)
        {
            groups.Want(group);
            return;
        }

        _withoutProgress.Remove(group);
        Tell(group, last, GapReport.NotReplayed);
    }

    private void Incomplete(string group, long last, string code, CancellationToken cancellationToken)
    {
        if (!ChatException.IsTransient(code))
        {
            Tell(group, last, code);
            return;
        }

        if (!_delays.TryGetValue(group, out var delay))
        {
            _delays[group] = delay = ReconnectDelay.ForCalls();
        }

        _ = WantLaterAsync(group, delay.Next(), cancellationToken);
    }

    private void Tell(string group, long last, string code)
    {
        if (groups.AcceptGap(group, code))
        {
            report(new GapReport(group, last, code));
        }
    }

    private async Task WantLaterAsync(string group, TimeSpan pause, CancellationToken cancellationToken)
    {
        await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!cancellationToken.IsCancellationRequested)
        {
            groups.Want(group);
        }
    }
}
