using System.Globalization;
using ConnectChat.ServiceDefaults.Telemetry;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace ConnectChat.ServiceDefaults.Health;

/// <summary>
/// Asks one dependency whether it answers, and remembers since when it does or does not. One instance per dependency lives as long
/// as the service.
/// </summary>
/// <remarks>
/// <c>/health</c> is open to anyone, so however many ask, a dependency gets one probe at a time: callers share the one under way, and an
/// answer is kept for a second. An answer that it is down is kept for a quarter of that, so that a start, in which every service waits
/// for another, takes no longer than it must.
/// </remarks>
internal sealed partial class DependencyHealthCheck(
    string name, TimeSpan timeout, Func<CancellationToken, Task<string?>> probe, TimeProvider clock, ILogger logger) : IHealthCheck
{
    /// <summary>For how long a dependency that answered counts as up.</summary>
    internal static readonly TimeSpan KeptWhileUp = TimeSpan.FromSeconds(1);

    /// <summary>For how long one that did not answer counts as down.</summary>
    internal static readonly TimeSpan KeptWhileDown = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private Task<Answer>? _latest;

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var answer = await LatestAsync().WaitAsync(cancellationToken);
        return context.Result(answer.Problem, answer.Since);
    }

    // The probe under way or its answer, unless that is too old.
    private Task<Answer> LatestAsync()
    {
        lock (_lock)
        {
            if (_latest is null)
            {
                return _latest = AskAsync(before: null);
            }

            return _latest is { IsCompleted: true } && clock.GetElapsedTime(_latest.Result.At) >= _latest.Result.Kept
                ? _latest = AskAsync(_latest.Result)
                : _latest;
        }
    }

    // It belongs to all who wait for it: none of them can cancel it, and it never fails.
    private async Task<Answer> AskAsync(Answer? before)
    {
        var problem = await Task.Run(ProbeAsync, CancellationToken.None);
        var now = clock.GetUtcNow();
        var changed = before is null || before.Problem is null != problem is null;
        if (changed)
        {
            Report(before, problem, now);
        }

        return new Answer(problem, changed ? now : before!.Since, clock.GetTimestamp());
    }

    // Once per change and not per caller. That it is not there yet when the service starts is ordinary.
    private void Report(Answer? before, string? problem, DateTimeOffset now)
    {
        if (before is null)
        {
            LogFirst(logger, name, problem ?? "answers");
        }
        else if (problem is null)
        {
            LogUp(logger, name, now - before.Since);
        }
        else
        {
            LogDown(logger, name, problem);
        }
    }

    private async Task<string?> ProbeAsync()
    {
        using var untraced = Untraced.Begin();
        using var late = new CancellationTokenSource(timeout, clock);
        try
        {
            return await probe(late.Token).WaitAsync(late.Token);
        }
        catch (Exception) when (late.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"does not answer within {timeout.TotalSeconds} s");
        }
        catch (Exception exception)
        {
            // The type tells an operator what kind of failure it is; the message may hold addresses or keys.
            return $"does not answer: {exception.GetType().Name}";
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{dependency} {state}")]
    private static partial void LogFirst(ILogger logger, string dependency, string state);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{dependency} is down: {problem}")]
    private static partial void LogDown(ILogger logger, string dependency, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "{dependency} is up after {down}")]
    private static partial void LogUp(ILogger logger, string dependency, TimeSpan down);

    private sealed record Answer(string? Problem, DateTimeOffset Since, long At)
    {
        public TimeSpan Kept => Problem is null ? KeptWhileUp : KeptWhileDown;
    }
}
