using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace ConnectChat.Tests.AppHost;

/// <summary>What QA presses in the dashboard, and what it answers.</summary>
[Collection(OneAppHost.Name)]
public sealed partial class CommandTests(AppHostFixture host)
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact(Timeout = 180_000)]
    public async Task A_demo_message_answers_with_a_table_of_gateways_and_a_link_to_its_trace()
    {
        var result = await host.RunAsync("gateway-2", "send-demo-message");

        Assert.Equal(CommandResultFormat.Markdown, result.Data!.Format);
        Assert.True(result.Data.DisplayImmediately);
        Assert.Matches(@"\| gateway-1 \| 1 \| \d+ \| [\d.]+ ms \|", result.Data.Value);
        Assert.Matches(@"\| gateway-2 \(took the send\) \| 1 \| \d+ \| [\d.]+ ms \|", result.Data.Value);
        Assert.Matches(TraceLink(), result.Data.Value);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_burst_is_one_record_per_message_and_reaches_a_member_on_every_gateway()
    {
        var result = await host.RunAsync("gateway-1", "send-burst");

        Assert.Matches(@"100 records for 100 messages, 200 deliveries, p50 [\d.]+ ms, p99 [\d.]+ ms\.", result.Message);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_member_is_added_and_removed()
    {
        Assert.Equal("anna is a member of dashboard-demo.", (await host.RunAsync("gateway-1", "add-member")).Message);
        Assert.Equal("anna is no member of dashboard-demo.", (await host.RunAsync("gateway-2", "remove-member")).Message);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_token_of_the_dashboard_is_accepted_by_the_gateways()
    {
        var result = await host.RunAsync("gateway-1", "token");

        using var http = host.Application.CreateHttpClient("gateway-2", "http");
        http.DefaultRequestHeaders.Authorization = new("Bearer", result.Data!.Value);
        using var mine = await http.GetAsync(new Uri("/groups", UriKind.Relative), Deadline);
        Assert.True(mine.IsSuccessStatusCode, $"{mine.StatusCode}");
    }

    [Fact(Timeout = 240_000)]
    public async Task A_dead_service_is_seen_by_those_who_need_it_within_ten_seconds_and_the_command_says_what_is_down()
    {
        await host.RunAsync("groups", "kill");
        var killed = TimeProvider.System.GetTimestamp();
        foreach (var needs in new[] { "messaging", "gateway-1", "gateway-2" })
        {
            await host.Notifications.WaitForResourceAsync(needs, resource => resource.Snapshot.HealthStatus?.ToString() == "Unhealthy", Deadline);
        }

        var seen = TimeProvider.System.GetElapsedTime(killed);
        TestContext.Current.TestOutputHelper!.WriteLine($"seen after {seen.TotalSeconds:0.0} s");
        var failed = await host.Application.ResourceCommands.ExecuteCommandAsync("gateway-1", "add-member", Deadline);
        await host.RunAsync("groups", KnownResourceCommands.StartCommand);
        await host.AllHealthyAsync(Deadline);

        Assert.True(seen < TimeSpan.FromSeconds(10), $"It took {seen}.");
        Assert.False(failed.Success);
        Assert.Contains("groups is not running", failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("cancel", failed.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact(Timeout = 240_000)]
    public async Task A_message_sent_while_Messaging_is_paused_arrives_once_it_goes_on()
    {
        Assert.Contains("is paused", (await host.RunAsync("messaging", "pause")).Message, StringComparison.Ordinal);
        var sending = host.RunAsync("gateway-1", "send-demo-message");
        await host.Notifications.WaitForResourceAsync("gateway-1", resource => resource.Snapshot.HealthStatus?.ToString() == "Unhealthy", Deadline);
        Assert.Contains("goes on", (await host.RunAsync("messaging", "resume")).Message, StringComparison.Ordinal);

        Assert.Contains("1 record for ", (await sending).Message, StringComparison.Ordinal);
        await host.AllHealthyAsync(Deadline);
    }

    [Fact]
    public void Everything_that_hurts_asks_first()
    {
        var commands = host.Model.Resources
            .SelectMany(resource => resource.Annotations.OfType<ResourceCommandAnnotation>().Select(command => (resource.Name, Command: command)))
            .ToList();

        foreach (var resource in new[] { "gateway-1", "gateway-2", "messaging", "groups", "kafka", "dynamodb" })
        {
            foreach (var command in new[] { "kill", "pause" })
            {
                Assert.False(
                    string.IsNullOrEmpty(commands.Single(found => found.Name == resource && found.Command.Name == command).Command.ConfirmationMessage),
                    $"{command} on {resource}");
            }

            Assert.Contains(commands, found => found.Name == resource && found.Command.Name == "resume");
        }

        Assert.All(commands.Where(found => found.Command.Name == "drain"), found => Assert.False(string.IsNullOrEmpty(found.Command.ConfirmationMessage)));
    }

    [GeneratedRegex(@"\(.*/traces/detail/[0-9a-f]{32}\)")]
    private static partial Regex TraceLink();
}
