using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace ConnectChat.Tests.Infrastructure.Fakes;

/// <summary>Groups and History in memory, over a real socket that a test may close and open again.</summary>
public sealed class FakeServices : IAsyncDisposable
{
    private WebApplication? _app;
    private int _port;

    private FakeServices()
    {
    }

    /// <summary>What they know, and how they misbehave.</summary>
    public FakeState State { get; } = new();

    public string Address => $"http://127.0.0.1:{_port}";

    /// <summary>How often somebody asked for their health.</summary>
    public int HealthProbes => State.HealthProbes;

    public static async Task<FakeServices> StartAsync(CancellationToken cancellationToken = default)
    {
        var services = new FakeServices();
        await services.ListenAsync(cancellationToken);
        return services;
    }

    /// <summary>Listens, on the same port as before once it has listened.</summary>
    public async Task ListenAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = Path.GetTempPath() });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton(State);
        builder.Services.AddGrpc();
        builder.Services.AddGrpcHealthChecks().AddCheck("self", () =>
        {
            State.CountHealthProbe();
            return HealthCheckResult.Healthy();
        });
        _app = builder.Build();
        _app.MapGrpcService<FakeGroups>();
        _app.MapGrpcService<FakeHistory>();
        _app.MapGrpcHealthChecksService();
        await _app.StartAsync(cancellationToken);
        _port = new Uri(_app.Urls.Single()).Port;
    }

    /// <summary>Gone until it listens again.</summary>
    public async Task StopAsync()
    {
        await _app!.DisposeAsync();
        _app = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await StopAsync();
        }
    }
}
