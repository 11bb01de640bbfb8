using System.Runtime.InteropServices;

namespace ConnectChat.Gateway.Draining;

/// <summary>
/// SIGTERM and Ctrl+C drain first and stop then. The host's own lifetime stops at once, and SignalR then aborts every connection without
/// a close frame. Stopping the host by code drains as well.
/// </summary>
/// <remarks>A host makes its lifetime before it checks its settings, so what depends on them is made when it is needed.</remarks>
internal sealed class DrainingLifetime(Lazy<Drain> drain, IHostApplicationLifetime application) : IHostLifetime, IHostedLifecycleService, IDisposable
{
    private readonly List<PosixSignalRegistration> _signals = [];

    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT })
        {
            _signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                _ = DrainAndStopAsync();
            }));
        }

        return Task.CompletedTask;
    }

    /// <summary>What a signal does; also what operators ask for.</summary>
    public async Task DrainAndStopAsync()
    {
        await drain.Value.BeginAsync();
        application.StopApplication();
    }

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => drain.Value.BeginAsync().WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _signals.ForEach(signal => signal.Dispose());
}
