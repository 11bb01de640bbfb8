using System.Globalization;
using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using ConnectChat.Contracts;
using ConnectChat.LocalCluster.Tracing;
using ConnectChat.Tests.EndToEnd;

namespace ConnectChat.Tests.AppHost;

[Collection(OneAppHost.Name)]
public sealed partial class AppHostTests(AppHostFixture host)
{
    private const string DemoGroup = "dashboard-demo";

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_service_is_healthy_within_a_minute()
    {
        var times = string.Join(
            ", ", host.HealthyAfter.OrderBy(resource => resource.Value).Select(resource => $"{resource.Key} {resource.Value.TotalSeconds:0.0} s"));
        TestContext.Current.TestOutputHelper!.WriteLine($"Healthy after: {times}");
        Assert.All(host.HealthyAfter, resource => Assert.True(resource.Value < TimeSpan.FromSeconds(60), times));
    }

    [Fact(Timeout = 240_000)]
    public async Task The_demo_command_puts_exactly_one_record_on_the_outgoing_topic()
    {
        using var outgoing = new TopicReader(host.Kafka, Topics.Outgoing);

        await RunAsync("gateway-1", "send-demo-message");
        await RunAsync("gateway-2", "send-demo-message");

        // The second message is behind the first in the same partition: had the first left more than one record, it would be seen here.
        var records = await outgoing.WaitAsync(DemoGroup, found => found.Count >= 2, Deadline);
        Assert.Equal(2, records.Count);
        Assert.Equal(2, records.Select(record => TopicReader.Header(record, RecordHeaders.MessageId)).Distinct().Count());
    }

    [Fact(Timeout = 240_000)]
    public async Task The_demo_command_is_one_trace_with_one_publish_and_a_fan_out_on_every_gateway()
    {
        var said = await RunAsync("gateway-1", "send-demo-message");
        var sequence = long.Parse(Number().Match(said).Value, CultureInfo.InvariantCulture);

        var trace = await host.TraceAsync(DemoGroup, sequence, Deadline);

        Assert.Single(trace.Roots);
        Assert.Single(trace.Published);
        Assert.Equal(["gateway-1", "gateway-2"], trace.FanOuts.Select(MessageTrace.Gateway));
        Assert.All(trace.FanOuts, fanOut => Assert.Equal(1, MessageTrace.Delivered(fanOut)));
        Assert.All(trace.FanOuts, fanOut => Assert.True(MessageTrace.Ignored(fanOut) >= 5));
        Assert.Matches(@"1 record for \d+ recipients, delivered by 2 gateways", said);
        Assert.Equal(["gateway-1", "gateway-2", "groups", "messaging"], trace.Spans.Select(span => span.Service).Distinct().Order());
    }

    [Fact(Timeout = 240_000)]
    public async Task The_demo_commands_trace_shows_one_send_each_service_says_a_line_of_it_and_nothing_that_services_do_by_themselves_is_a_trace()
    {
        var said = await RunAsync("gateway-2", "send-demo-message");
        var trace = await host.TraceAsync(DemoGroup, long.Parse(Number().Match(said).Value, CultureInfo.InvariantCulture), Deadline);
        using var dashboard = new DashboardReader(host.DashboardUrl);

        var displayed = trace.Spans.Select(DisplayedName.Of).ToList();
        Assert.Single(displayed, name => name == $"MSG kafka send {Topics.Outgoing}");
        Assert.Equal(2, displayed.Count(name => name == $"MSG kafka fan-out {Topics.Outgoing}"));

        var lines = await dashboard.LinesOfAsync(trace.Id, count: 5, Deadline);
        Assert.All(["gateway-1", "gateway-2", "groups", "messaging"], service =>
            Assert.Contains(lines, line => line.StartsWith($"{service} Information: ", StringComparison.Ordinal)));

        // A trace begins at a gateway, with a call of the hub or a request, and nowhere else.
        var beginnings = await dashboard.BeginningsAsync(Deadline);
        Assert.NotEmpty(beginnings);
        Assert.All(beginnings, beginning => Assert.Matches("^gateway-[12] (ChatHub/|GET |POST |DELETE )", beginning));
    }

    [Fact(Timeout = 240_000)]
    public async Task A_killed_gateway_comes_back_from_the_dashboard_and_the_others_did_not_notice()
    {
        await host.AllHealthyAsync(Deadline);
        await RunAsync("gateway-2", "kill");
        await host.Notifications.WaitForResourceAsync("gateway-2", KnownResourceStates.TerminalStates, Deadline);

        await RunAsync("gateway-1", "add-member");
        await RunAsync("gateway-1", "send-demo-message");
        await RunAsync("gateway-2", KnownResourceCommands.StartCommand);

        await host.Notifications.WaitForResourceHealthyAsync("gateway-2", Deadline);
    }

    [Fact(Timeout = 240_000)]
    public async Task A_gateway_drained_from_the_dashboard_ends_in_order_and_comes_back()
    {
        await RunAsync("gateway-2", "drain");
        var ended = await host.Notifications.WaitForResourceAsync(
            "gateway-2", resource => KnownResourceStates.TerminalStates.Contains(resource.Snapshot.State?.Text), Deadline);
        Assert.Equal((KnownResourceStates.Finished, 0), (ended.Snapshot.State?.Text, ended.Snapshot.ExitCode));

        await RunAsync("gateway-1", "send-demo-message");
        await RunAsync("gateway-2", KnownResourceCommands.StartCommand);
        await host.Notifications.WaitForResourceHealthyAsync("gateway-2", Deadline);
    }

    [Fact(Timeout = 240_000)]
    public async Task Without_the_store_health_names_it_and_with_it_again_nothing_else_needs_a_restart()
    {
        using var groups = host.Application.CreateHttpClient("groups", "http");

        await RunAsync("dynamodb", KnownResourceCommands.StopCommand);
        await host.Notifications.WaitForResourceAsync("groups", Is(HealthStatus.Unhealthy), Deadline);
        using var answer = await groups.GetAsync(new Uri("/health", UriKind.Relative), Deadline);
        var health = await answer.Content.ReadAsStringAsync(Deadline);
        Assert.Contains("\"dynamodb\":{\"status\":\"Unhealthy\",\"since\":", health, StringComparison.Ordinal);

        await RunAsync("dynamodb", KnownResourceCommands.StartCommand);
        await host.Notifications.WaitForResourceAsync("groups", Is(HealthStatus.Healthy), Deadline);
        await RunAsync("gateway-1", "send-demo-message");
    }

    [Fact(Timeout = 300_000)]
    public async Task Without_the_bus_health_names_it_and_with_it_again_empty_as_it_is_nothing_else_needs_a_restart()
    {
        using var gateway = host.Application.CreateHttpClient("gateway-1", "http");

        await RunAsync("gateway-1", "send-demo-message");
        var processes = await Task.WhenAll(AppHostFixture.Services.Select(ProcessIdAsync));

        await RunAsync("kafka", KnownResourceCommands.StopCommand);
        await host.Notifications.WaitForResourceAsync("gateway-1", Is(HealthStatus.Unhealthy), Deadline);
        using var answer = await gateway.GetAsync(new Uri("/health", UriKind.Relative), Deadline);
        var health = await answer.Content.ReadAsStringAsync(Deadline);
        Assert.Contains("\"kafka\":{\"status\":\"Unhealthy\",\"since\":", health, StringComparison.Ordinal);

        await RunAsync("kafka", KnownResourceCommands.StartCommand);
        foreach (var service in AppHostFixture.Services)
        {
            await host.Notifications.WaitForResourceAsync(service, Is(HealthStatus.Healthy), Deadline);
        }

        await RunAsync("gateway-1", "send-demo-message");
        await RunAsync("gateway-2", "send-demo-message");
        Assert.Equal(processes, await Task.WhenAll(AppHostFixture.Services.Select(ProcessIdAsync)));
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    private async Task<string?> ProcessIdAsync(string resource)
    {
        var state = await host.Notifications.WaitForResourceAsync(resource, _ => true, Deadline);
        return state.Snapshot.Properties.First(property => property.Name == "executable.pid").Value?.ToString();
    }

    private static Func<ResourceEvent, bool> Is(HealthStatus status) => resource => resource.Snapshot.HealthStatus?.ToString() == status.ToString();

    private async Task<string> RunAsync(string resource, string command) => (await host.RunAsync(resource, command)).Message ?? "";

    private enum HealthStatus
    {
        Unhealthy,
        Healthy,
    }
}
