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
    Inbox inbox,
    Func<IReadOnlyList<ResumePosition>, CancellationToken, Task<IReadOnlyList<ResumeResult>>> resume,
    Action<ResumeReport> resumed,
    Action<GapReport> report,
    TimeProvider clock)
{
    // A server that says "complete" without bringing what it announced is asked again this often before the gap is told.
    private const int AttemptsWithoutProgress = 3;

    private readonly KnownGroups _groups = inbox.Groups;
    private readonly Dictionary<string, int> _withoutProgress = [];
    private readonly Dictionary<string, ReconnectDelay> _delays = [];

    /// <summary>Runs until the connection ends.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var positions = await _groups.TakeWantedAsync(Limits.GroupsPerResume, cancellationToken).ConfigureAwait(false);
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
                await _groups.ReachAsync(result.GroupId, result.LastSequence, cancellationToken).ConfigureAwait(false);
                await JudgeAsync(position.LastSequence, result, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task JudgeAsync(long before, ResumeResult result, CancellationToken cancellationToken)
    {
        var group = result.GroupId;
        var (behind, last) = _groups.Resumed(group, result.Complete);
        if (result.Code == ResumeCodes.PositionBeyondNewest)
        {
            report(new GapReport(group, last, ResumeCodes.PositionBeyondNewest));
            _groups.StartAgain(group);
            return;
        }

        if (!result.Complete && result.Code != ResumeCodes.MoreToReplay)
        {
            await IncompleteAsync(group, result.Code ?? ErrorCodes.Internal, cancellationToken).ConfigureAwait(false);
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
            _groups.Want(group);
            return;
        }

        _withoutProgress.Remove(group);
        await TellAsync(group, GapReport.NotReplayed, cancellationToken).ConfigureAwait(false);
    }

    private async Task IncompleteAsync(string group, string code, CancellationToken cancellationToken)
    {
        if (!ChatException.IsTransient(code))
        {
            await TellAsync(group, code, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (!_delays.TryGetValue(group, out var delay))
        {
            _delays[group] = delay = ReconnectDelay.ForCalls();
        }

        _ = WantLaterAsync(group, delay.Next(), cancellationToken);
    }

    // Once per gap, with what came ahead of it.
    private async Task TellAsync(string group, string code, CancellationToken cancellationToken)
    {
        do
        {
            if (_groups.IsNewGap(group, code, out var after))
            {
                report(new GapReport(group, after, code));
            }
        }
        while (await inbox.DeliverAheadAsync(group, cancellationToken).ConfigureAwait(false) && _groups.HasAhead(group));

        // Who hears of a group again has joined it again, and then what was missed since can be had.
        if (code != ErrorCodes.NotAMember)
        {
            _groups.AcceptGap(group);
        }
    }

    private async Task WantLaterAsync(string group, TimeSpan pause, CancellationToken cancellationToken)
    {
        await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!cancellationToken.IsCancellationRequested)
        {
            _groups.Want(group);
        }
    }
}
