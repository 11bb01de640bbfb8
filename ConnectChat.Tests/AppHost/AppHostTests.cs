using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using ConnectChat.Contracts;
using ConnectChat.Tests.Messaging;

namespace ConnectChat.Tests.AppHost;

public sealed class AppHostTests(AppHostFixture host) : IClassFixture<AppHostFixture>
{
    private const string DemoGroup = "dashboard-demo";

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_service_is_healthy_within_a_minute() => Assert.True(host.Started < TimeSpan.FromSeconds(60), $"It took {host.Started}.");

    [Fact(Timeout = 120_000)]
    public async Task The_demo_command_puts_exactly_one_record_on_the_outgoing_topic()
    {
        var kafka = await host.Application.GetConnectionStringAsync("kafka", Deadline);
        using var outgoing = new TopicReader(kafka!, Topics.Outgoing);

        await RunAsync("gateway-1", "send-demo-message");
        await RunAsync("gateway-2", "send-demo-message");

        // The second message is behind the first in the same partition: had the first left more than one record, it would be seen here.
        var records = await outgoing.WaitAsync(DemoGroup, found => found.Count >= 2, Deadline);
        Assert.Equal(2, records.Count);
        Assert.Equal(2, records.Select(record => TopicReader.Header(record, RecordHeaders.MessageId)).Distinct().Count());
    }

    [Fact(Timeout = 120_000)]
    public async Task A_killed_gateway_comes_back_from_the_dashboard_and_the_others_did_not_notice()
    {
        await RunAsync("gateway-2", "kill");
        await host.Notifications.WaitForResourceAsync("gateway-2", KnownResourceStates.TerminalStates, Deadline);

        await RunAsync("gateway-1", "add-member");
        await RunAsync("gateway-1", "send-demo-message");
        await RunAsync("gateway-2", KnownResourceCommands.StartCommand);

        await host.Notifications.WaitForResourceHealthyAsync("gateway-2", Deadline);
    }

    [Fact(Timeout = 120_000)]
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

    private static Func<ResourceEvent, bool> Is(HealthStatus status) => resource => resource.Snapshot.HealthStatus?.ToString() == status.ToString();

    private async Task RunAsync(string resource, string command)
    {
        var result = await host.Application.ResourceCommands.ExecuteCommandAsync(resource, command, Deadline);
        Assert.True(result.Success, $"{command} on {resource}: {result.Message}");
    }

    private enum HealthStatus
    {
        Unhealthy,
        Healthy,
    }
}
