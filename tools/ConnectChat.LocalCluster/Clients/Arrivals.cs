namespace ConnectChat.LocalCluster.Clients;

/// <summary>Deliveries that are still to come, at whichever connections.</summary>
internal sealed class Arrivals(long expected)
{
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _missing = expected;

    /// <summary>Completes once all have come.</summary>
    public Task All => _all.Task;

    /// <summary>So many came.</summary>
    public void Count(long deliveries = 1)
    {
        if (Interlocked.Add(ref _missing, -deliveries) <= 0)
        {
            _all.TrySetResult();
        }
    }
}
