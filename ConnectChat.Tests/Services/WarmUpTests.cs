using ConnectChat.ServiceDefaults.Readiness;
using ConnectChat.Tests.Infrastructure;
using Microsoft.Extensions.Logging;

namespace ConnectChat.Tests.Services;

public sealed class WarmUpTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_warm_up_says_once_what_an_outage_looks_like_and_then_ever_less_often_that_it_lasts()
    {
        var clock = new ImpatientClock();
        using var logs = new CollectedLogs();
        using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(logs));
        using var warmUp = new WarmUpInAnOutage(clock, TimeSpan.FromMinutes(20), loggers.CreateLogger<WarmUpTests>());

        await warmUp.StartAsync(Token);
        await warmUp.ExecuteTask!.WaitAsync(Token);

        Assert.True(warmUp.Done);
        Assert.InRange(clock.Elapsed, TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(21));
        var (first, others) = (logs.Entries.First(), logs.Entries.Skip(1).ToList());
        Assert.IsType<InvalidOperationException>(first.Exception);
        Assert.InRange(others.Count, 8, 12);
        Assert.All(others, entry => Assert.Null(entry.Exception));
        Assert.All(others, entry => Assert.Contains("no such host", entry.Text, StringComparison.Ordinal));
    }

    private sealed class WarmUpInAnOutage(ImpatientClock clock, TimeSpan outage, ILogger logger) : WarmUp(clock, logger)
    {
        protected override Task RehearseAsync(CancellationToken cancellationToken) =>
            clock.Elapsed >= outage ? Task.CompletedTask : throw new InvalidOperationException("no such host");
    }
}
