namespace ConnectChat.Groups.Storage;

/// <summary>Ends the service when its table was deleted and restored under it, since what it remembers is of the table before.</summary>
internal sealed class TableWatch(TableOrigin origin, TimeProvider clock) : BackgroundService
{
    // A restore takes minutes.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await origin.EndIfReplacedAsync(stoppingToken);
        }
    }
}
