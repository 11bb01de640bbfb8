using ConnectChat.ServiceDefaults.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace ConnectChat.Tests.Telemetry;

public sealed class DependencyHealthTests
{
    private const int Callers = 100;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _clock = new();
    private readonly DependencyHealthCheck _check;
    private Func<CancellationToken, Task<string?>> _probe = _ => Task.FromResult<string?>(null);
    private int _probes;

    public DependencyHealthTests() => _check = new DependencyHealthCheck(
        "store",
        ProbeTimeouts.Store,
        token =>
        {
            Interlocked.Increment(ref _probes);
            return _probe(token);
        },
        _clock,
        NullLogger.Instance);

    [Fact]
    public async Task However_many_ask_at_once_the_dependency_is_asked_once()
    {
        var (asked, answer) = (Source<bool>(), Source<string?>());
        _probe = _ =>
        {
            asked.TrySetResult(true);
            return answer.Task;
        };

        var callers = Enumerable.Range(0, Callers).Select(_ => AskAsync()).ToList();
        await asked.Task.WaitAsync(Deadline, TestContext.Current.CancellationToken);
        answer.SetResult(null);

        Assert.All(await Task.WhenAll(callers), result => Assert.Equal(HealthStatus.Healthy, result.Status));
        Assert.Equal(1, _probes);
    }

    [Fact]
    public async Task A_caller_that_leaves_takes_the_probe_from_nobody()
    {
        var (asked, answer) = (Source<bool>(), Source<string?>());
        _probe = token =>
        {
            asked.TrySetResult(true);
            return answer.Task.WaitAsync(token);
        };
        using var leaving = new CancellationTokenSource();

        var first = AskUntilAsync(leaving.Token);
        await asked.Task.WaitAsync(Deadline, TestContext.Current.CancellationToken);
        var second = AskAsync();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        answer.SetResult(null);

        Assert.Equal(HealthStatus.Healthy, (await second).Status);
        Assert.Equal(1, _probes);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("is full")]
    public async Task An_answer_is_kept_for_a_while_and_then_asked_for_anew(string? problem)
    {
        var kept = problem is null ? DependencyHealthCheck.KeptWhileUp : DependencyHealthCheck.KeptWhileDown;
        _probe = _ => Task.FromResult(problem);

        await AskAsync();
        _clock.Advance(kept - TimeSpan.FromMilliseconds(1));
        Assert.Equal(problem, (await AskAsync()).Description);
        Assert.Equal(1, _probes);

        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await AskAsync();
        Assert.Equal(2, _probes);
    }

    [Fact]
    public async Task It_is_up_or_down_since_the_probe_that_noticed_it()
    {
        var start = _clock.GetUtcNow();
        Assert.Equal(start, Since(await AskAsync()));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(start, Since(await AskAsync()));

        _probe = _ => throw new InvalidOperationException("at 10.0.0.1");
        _clock.Advance(TimeSpan.FromMinutes(1));
        var down = await AskAsync();
        Assert.Equal(
            (HealthStatus.Unhealthy, "does not answer: InvalidOperationException", start + TimeSpan.FromMinutes(2)),
            (down.Status, down.Description, Since(down)));

        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(start + TimeSpan.FromMinutes(2), Since(await AskAsync()));
        _probe = _ => Task.FromResult<string?>(null);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(start + TimeSpan.FromMinutes(4), Since(await AskAsync()));
    }

    [Fact]
    public async Task One_that_hangs_is_down_and_its_probe_is_let_go()
    {
        var (asked, letGo) = (Source<bool>(), Source<bool>());
        _probe = token =>
        {
            token.Register(() => letGo.TrySetResult(true));
            asked.TrySetResult(true);
            return Source<string?>().Task;
        };

        var answer = AskAsync();
        await asked.Task.WaitAsync(Deadline, TestContext.Current.CancellationToken);
        _clock.Advance(ProbeTimeouts.Store);

        Assert.Equal("does not answer within 2 s", (await answer).Description);
        await letGo.Task.WaitAsync(Deadline, TestContext.Current.CancellationToken);
    }

    private static DateTimeOffset Since(HealthCheckResult result) => (DateTimeOffset)result.Data["since"];

    private static TaskCompletionSource<T> Source<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task<HealthCheckResult> AskAsync() => AskUntilAsync(TestContext.Current.CancellationToken);

    private Task<HealthCheckResult> AskUntilAsync(CancellationToken cancellationToken) => _check
        .CheckHealthAsync(
            new HealthCheckContext { Registration = new HealthCheckRegistration("store", _check, HealthStatus.Unhealthy, null) }, cancellationToken)
        .WaitAsync(Deadline, TestContext.Current.CancellationToken);
}
