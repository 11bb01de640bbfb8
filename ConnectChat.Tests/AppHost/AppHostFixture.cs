using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Projects;

namespace ConnectChat.Tests.AppHost;

/// <summary>The AppHost as a developer starts it, without containers and with the dashboard, shared by the tests of this folder.</summary>
public sealed class AppHostFixture : IAsyncLifetime
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(3);

    private DistributedApplication? _application;

    public DistributedApplication Application => _application!;

    public ResourceNotificationService Notifications => Application.ResourceNotifications;

    public static string[] Services => ["groups", "messaging", "gateway-1", "gateway-2"];

    /// <summary>How long it took until every service was healthy.</summary>
    public TimeSpan Started { get; private set; }

    public async ValueTask InitializeAsync()
    {
        using var deadline = new CancellationTokenSource(StartDeadline);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<ConnectChat_AppHost>(
            ["Containers=false", "GatewayPort=15480"], (options, _) => options.DisableDashboard = true, deadline.Token);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        _application = await builder.BuildAsync(deadline.Token);

        var begun = TimeProvider.System.GetTimestamp();
        await _application.StartAsync(deadline.Token);
        foreach (var service in Services)
        {
            await Notifications.WaitForResourceHealthyAsync(service, deadline.Token);
        }

        Started = TimeProvider.System.GetElapsedTime(begun);
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }
    }
}
