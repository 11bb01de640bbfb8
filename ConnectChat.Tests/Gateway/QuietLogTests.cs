using System.Net.WebSockets;
using ConnectChat.Contracts.Hub;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Gateway;

/// <summary>C8: what happens every day is no failure, and has no stack trace in the log.</summary>
[UsesGivenKafka]
public sealed class QuietLogTests(KafkaFixture kafka)
{
    private static readonly (string, string) Debugging = ("Logging:LogLevel:ConnectChat", "Debug");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task C8_a_client_that_leaves_in_the_middle_of_a_call_is_no_failure(bool history)
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, Debugging);
        var logs = CollectedLogs.Of(gateway.App.Services);
        var group = $"g-{Guid.NewGuid():N}";
        gateway.State.Join(group, "ann");
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.State.BeforeRead = _ =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, Token);
        };
        var ann = await gateway.ConnectAsync("ann");

        var call = history
            ? ann.CallAsync<HistoryPage>(HubContract.GetHistory, group, new HistoryPosition { After = 0 }, 10)
            : (Task)ann.ResumeAsync((group, 0));
        await asked.Task.WaitAsync(Eventually.Deadline, Token);
        await ann.DisposeAsync();
        await call.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        await Eventually.TrueAsync(() => logs.Entries.Any(entry => entry.Text.Contains("has gone before the answer", StringComparison.Ordinal)));
        Assert.Empty(logs.Failures());
    }

    [Fact(Timeout = 60_000)]
    public async Task C8_a_client_that_leaves_while_it_connects_is_no_failure()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, Debugging);
        var logs = CollectedLogs.Of(gateway.App.Services);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.State.BeforeResolve = () =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, Token);
        };
        using var gone = new CancellationTokenSource();
        using var socket = new ClientWebSocket();
        var address = $"{gateway.Address.Replace("http", "ws", StringComparison.Ordinal)}{HubContract.Path}?access_token={GatewayHost.Token("late")}";

        var connecting = socket.ConnectAsync(new Uri(address), gone.Token);
        await asked.Task.WaitAsync(Eventually.Deadline, Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);

        await Eventually.TrueAsync(() => logs.Entries.Any(entry =>
            entry.Text.StartsWith("Request finished", StringComparison.Ordinal) && entry.Text.Contains(HubContract.Path, StringComparison.Ordinal)));
        Assert.Empty(logs.Failures());
    }

    [Fact(Timeout = 60_000)]
    public async Task C8_a_service_that_is_not_ready_yet_says_so_at_health_and_logs_no_error()
    {
        await using var gateway = await GatewayHost.LaunchAsync(
            kafka, Debugging, ("ConnectionStrings:kafka", $"127.0.0.1:{FreePort.Next()}"));
        var logs = CollectedLogs.Of(gateway.App.Services);
        using var http = gateway.Http(null);

        using var early = await http.GetAsync("/health", Token);

        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, early.StatusCode);
        Assert.DoesNotContain(logs.Entries, entry => entry.Category.StartsWith("Microsoft.Extensions.Diagnostics.HealthChecks", StringComparison.Ordinal));
        Assert.DoesNotContain(logs.Failures(), entry => entry.Exception is not null);
    }
}
