using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using ConnectChat.LocalCluster;
using ConnectChat.LocalCluster.Topologies;
using ConnectChat.LocalCluster.Tracing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Projects;

namespace ConnectChat.Tests.AppHost;

/// <summary>The AppHost as a developer starts it, without containers with a dashboard, shared by the tests of this folder.</summary>
public sealed class AppHostFixture : IAsyncLifetime
{
    // Seen once in many runs: the orchestrator itself (DCP, not a service) did not come up, for as long as it was waited for.
    private const int Attempts = 2;
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(240);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(30);

    // A dashboard of its own instead of the AppHost's: it answers without a key.
    private readonly string _data = Directory.CreateTempSubdirectory("connectchat-apphost-").FullName;
    private readonly Dashboard _dashboard = Ports.From(basePort: 0, gateways: 0).Dashboard;
    private readonly Watchdog _watchdog = new();
    private ServiceProcess? _dashboardProcess;
    private DistributedApplication? _application;
    private bool _orchestrated;

    public DistributedApplication Application => _application!;

    public ResourceNotificationService Notifications => Application.ResourceNotifications;

    /// <summary>Bootstrap servers of the embedded broker.</summary>
    public string Kafka => $"127.0.0.1:{Application.GetEndpoint("kafka", "tcp").Port}";

    public static string[] Services => ["groups", "messaging", "gateway-1", "gateway-2"];

    /// <summary>How long it took until each resource was healthy.</summary>
    public IReadOnlyDictionary<string, TimeSpan> HealthyAfter { get; private set; } = new Dictionary<string, TimeSpan>();

    public async ValueTask InitializeAsync()
    {
        if (_dashboard.StartInfo() is { } dashboard)
        {
            _dashboardProcess = new ServiceProcess(
                "dashboard", _dashboard.Url, Path.Combine(_data, "dashboard.log"), dashboard, _watchdog, _ => { }, TimeProvider.System);
        }

        for (var attempt = 1; ; attempt++)
        {
            using var deadline = new CancellationTokenSource(StartDeadline);
            try
            {
                await StartAsync(deadline.Token);
                return;
            }
            catch (OperationCanceledException) when (attempt < Attempts && !_orchestrated)
            {
                TestContext.Current.SendDiagnosticMessage("The AppHost's orchestrator did not come up in time; once more.");
                if (_application is not null)
                {
                    await _application.DisposeAsync().AsTask().WaitAsync(StopDeadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
    }

    public DistributedApplicationModel Model => Application.Services.GetRequiredService<DistributedApplicationModel>();

    /// <summary>Runs a command of a resource, which must succeed.</summary>
    public async Task<ExecuteCommandResult> RunAsync(string resource, string command)
    {
        var result = await Application.ResourceCommands.ExecuteCommandAsync(resource, command, TestContext.Current.CancellationToken);
        Assert.True(result.Success, result.Success ? "" : $"{command} on {resource}: {result.Message}{await LastLinesAsync()}");
        return result;
    }

    /// <summary>What every service logged last, for the message of a failure.</summary>
    private async Task<string> LastLinesAsync()
    {
        const int Lines = 40;
        var loggers = Application.Services.GetRequiredService<ResourceLoggerService>();
        var text = new System.Text.StringBuilder();
        foreach (var service in Services.Append("kafka"))
        {
            var lines = new List<LogLine>();
            var resource = Model.Resources.Single(resource => resource.Name == service);
            await foreach (var batch in loggers.GetAllAsync(resource).WithCancellation(TestContext.Current.CancellationToken))
            {
                lines.AddRange(batch);
            }

            text.AppendLine().AppendLine($"-- {service}").AppendJoin('\n', lines.TakeLast(Lines).Select(line => line.Content));
        }

        return text.ToString();
    }

    /// <summary>Waits until every service is healthy.</summary>
    public Task AllHealthyAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Services.Select(service => Notifications.WaitForResourceHealthyAsync(service, cancellationToken)));

    /// <summary>The dashboard's address.</summary>
    public string DashboardUrl => _dashboard.Url;

    /// <summary>The trace of a message, once it is complete.</summary>
    internal async Task<MessageTrace> TraceAsync(string group, long sequence, CancellationToken cancellationToken)
    {
        Assert.SkipWhen(_dashboardProcess is null, "The dashboard's package of this platform was not restored.");
        using var traces = new DashboardTraces(_dashboard.Url);
        return (await Polling.UntilAsync(
            async () => (await traces.MessagesAsync(cancellationToken)).FirstOrDefault(trace =>
                trace.Group == group && trace.IsComplete(gateways: 2) && trace.Published[0].Number("connectchat.sequence") == sequence),
            trace => trace is not null,
            cancellationToken))!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }

        if (_dashboardProcess is not null)
        {
            await _dashboardProcess.DisposeAsync();
        }

        _watchdog.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private async Task StartAsync(CancellationToken deadline)
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<ConnectChat_AppHost>(
            ["Containers=false", "GatewayPort=15480", $"ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL={_dashboard.OtlpUrl}"],
            (options, _) => options.DisableDashboard = true,
            deadline);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        _application = await builder.BuildAsync(deadline);

        var begun = TimeProvider.System.GetTimestamp();
        await _application.StartAsync(deadline);
        _orchestrated = true;
        var healthy = await Task.WhenAll(Services.Concat(["kafka", "dynamodb"]).Select(async name =>
        {
            await Notifications.WaitForResourceHealthyAsync(name, deadline);
            return (name, After: TimeProvider.System.GetElapsedTime(begun));
        }));
        HealthyAfter = healthy.ToDictionary(resource => resource.name, resource => resource.After);
        TestContext.Current.SendDiagnosticMessage(
            "Healthy after: "
                + string.Join(", ", healthy.OrderBy(resource => resource.After).Select(resource => $"{resource.name} {resource.After.TotalSeconds:0.0} s")));
    }
}

/// <summary>It takes every processor: not beside other tests.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OneAppHost : ICollectionFixture<AppHostFixture>
{
    public const string Name = "apphost";
}
