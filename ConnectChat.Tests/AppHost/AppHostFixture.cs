using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
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
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(30);

    // The dashboard of the CLI instead of the AppHost's own: it answers without a key.
    private readonly string _data = Directory.CreateTempSubdirectory("connectchat-apphost-").FullName;
    private readonly Dashboard _dashboard = Ports.From(basePort: 0, gateways: 0).Dashboard;
    private readonly Watchdog _watchdog = new();
    private ServiceProcess? _dashboardProcess;
    private DistributedApplication? _application;
    private bool _orchestrated;

    public DistributedApplication Application => _application!;

    public ResourceNotificationService Notifications => Application.ResourceNotifications;

    public static string[] Services => ["groups", "messaging", "gateway-1", "gateway-2"];

    /// <summary>How long it took until every service was healthy.</summary>
    public TimeSpan Started { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (_dashboard.StartInfo() is { } dashboard)
        {
            _dashboardProcess = new ServiceProcess("dashboard", _dashboard.Url, Path.Combine(_data, "dashboard.log"), dashboard, _watchdog, _ => { }, TimeProvider.System);
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

    /// <summary>The trace of a message, once it is complete.</summary>
    internal async Task<MessageTrace> TraceAsync(string group, long sequence, CancellationToken cancellationToken)
    {
        Assert.SkipWhen(_dashboardProcess is null, "The dashboard's CLI is not installed (npm ci --prefix tools).");
        using var traces = new DashboardTraces(_dashboard.Url);
        while (true)
        {
            var found = (await traces.MessagesAsync(cancellationToken)).FirstOrDefault(trace =>
                trace.Group == group && trace.IsComplete(gateways: 2) && trace.Published[0].Number("connectchat.sequence") == sequence);
            if (found is not null)
            {
                return found;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250), cancellationToken);
        }
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
            ["Containers=false", "GatewayPort=15480", $"ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL={_dashboard.OtlpUrl}"], (options, _) => options.DisableDashboard = true, deadline);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        _application = await builder.BuildAsync(deadline);

        var begun = TimeProvider.System.GetTimestamp();
        await _application.StartAsync(deadline);
        _orchestrated = true;
        foreach (var service in Services)
        {
            await Notifications.WaitForResourceHealthyAsync(service, deadline);
        }

        Started = TimeProvider.System.GetElapsedTime(begun);
    }
}

/// <summary>It takes every processor: not beside other tests.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OneAppHost : ICollectionFixture<AppHostFixture>
{
    public const string Name = "apphost";
}
