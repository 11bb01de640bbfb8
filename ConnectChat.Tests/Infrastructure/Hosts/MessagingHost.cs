using System.Diagnostics.Metrics;
using ConnectChat.Contracts;
using ConnectChat.Messaging;
using ConnectChat.ServiceDefaults;
using ConnectChat.ServiceDefaults.Authentication;
using ConnectChat.ServiceDefaults.DynamoDb;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using HistoryClient = ConnectChat.Contracts.History.History.HistoryClient;

namespace ConnectChat.Tests.Infrastructure.Hosts;

/// <summary>Messaging in this process, as Program.cs puts it together, on ports of its own.</summary>
public sealed class MessagingHost : IAsyncDisposable
{
    public const string Key = "a key that the services of one test share";

    private readonly WebApplication _app;
    private bool _disposed;

    private MessagingHost(WebApplication app) => _app = app;

    public string GrpcAddress => _app.Urls.Last();

    public string HttpAddress => _app.Urls.First();

    public static async Task<MessagingHost> StartAsync(
        IEnumerable<KeyValuePair<string, string?>> configuration, CancellationToken cancellationToken, Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = Directory.CreateTempSubdirectory("messaging").FullName });
        builder.Configuration.AddInMemoryCollection(
        [
            new("Kestrel:Endpoints:a-http:Url", "http://127.0.0.1:0"),
            new("Kestrel:Endpoints:b-grpc:Url", "http://127.0.0.1:0"),
            new("Kestrel:Endpoints:b-grpc:Protocols", "Http2"),
            new("InternalAuthentication:Key", Key),
            new("Messaging:RetryPause", "00:00:00.2"),
            .. configuration,
        ]);
        builder.Logging.ClearProviders();
        if (Environment.GetEnvironmentVariable("TEST_LOGS") is { Length: > 0 })
        {
            builder.Logging.AddSimpleConsole(console => console.TimestampFormat = "HH:mm:ss.fff ").SetMinimumLevel(LogLevel.Information);
        }

        builder.AddServiceDefaults();
        builder.AddMessaging();
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapMessaging();
        await app.StartAsync(cancellationToken);
        return new MessagingHost(app);
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Completes once this instance has finished a record.</summary>
    public async Task FinishesAsync(CancellationToken cancellationToken)
    {
        var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, enabling) =>
        {
            // All hosts of the process have meters of the same name; the factory tells them apart.
            if (instrument.Name == "connectchat.messaging.processed" && ReferenceEquals(instrument.Meter.Scope, Get<IMeterFactory>()))
            {
                enabling.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => finished.TrySetResult());
        listener.Start();
        await finished.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Completes once the table is there.</summary>
    public Task TableExistsAsync(CancellationToken cancellationToken) =>
        _app.Services.GetRequiredKeyedService<TableProvisioning>(TableSchema.History.Name).Ready.WaitAsync(cancellationToken);

    /// <summary>A client of this host's History, with or without the services' key.</summary>
    public HistoryClient History(bool authenticated = true)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection([new("InternalAuthentication:Key", Key)]);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddInternalTokens();
        var client = builder.Services.AddGrpcClient<HistoryClient>(options => options.Address = new Uri(GrpcAddress));
        if (authenticated)
        {
            client.AddInternalAuthentication();
        }

        return builder.Build().Services.GetRequiredService<HistoryClient>();
    }

    /// <summary>As SIGTERM does.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    /// <summary>Stops it; a second time nothing happens.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await _app.StopAsync(deadline.Token);
        await _app.DisposeAsync();
    }
}
