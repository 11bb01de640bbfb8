using ConnectChat.ServiceDefaults.Logging;
using ConnectChat.ServiceDefaults.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ConnectChat.ServiceDefaults.Readiness;

/// <summary>
/// Takes the path of a message once before the first message does: a fresh process compiles code and opens connections on it, half a
/// second that nobody should wait for. Until it succeeded once, <c>/health</c> says so; the service works meanwhile.
/// </summary>
/// <remarks>
/// A rehearsal reads what does not exist, and leaves neither a record nor a span, in no service. While a dependency is down it is tried
/// again.
/// </remarks>
public abstract partial class WarmUp(TimeProvider clock, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>An id that no group or user has: made by nobody, asked for by rehearsals.</summary>
    protected const string Nobody = "warm-up:0198f7a2";

    /// <summary>True once a rehearsal succeeded.</summary>
    public bool Done { get; private set; }

    /// <summary>Takes the path once. An exception means that something on it is not there yet.</summary>
    protected abstract Task RehearseAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var reports = new FailureReports(clock);
        while (!Done)
        {
            try
            {
                using var untraced = Untraced.Begin();
                await RehearseAsync(stoppingToken);
                Done = true;
                return;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                Report(reports, exception);
            }

            await Task.Delay(Pause, clock, stoppingToken);
        }
    }

    // Which dependency is missing, and since when, /health says.
    private void Report(FailureReports reports, Exception exception)
    {
        switch (reports.Failed(out var failing))
        {
            case FailureReport.First:
                LogNotYet(logger, exception);
                break;
            case FailureReport.Again:
                LogStillNot(logger, failing, exception.Message);
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Not warm yet; trying again")]
    private static partial void LogNotYet(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Still not warm after {elapsed}: {reason}")]
    private static partial void LogStillNot(ILogger logger, TimeSpan elapsed, string reason);
}
