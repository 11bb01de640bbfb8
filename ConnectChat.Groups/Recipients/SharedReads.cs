using System.Diagnostics;

namespace ConnectChat.Groups.Recipients;

/// <summary>
/// Lets concurrent callers of one key share a read, without ever answering from a read that started before the call: whoever arrives
/// while a read is under way waits for the next one, together with all others who do. So each answer is as fresh as a read of one's own.
/// </summary>
/// <param name="read">Reads the key. It belongs to many callers, so none of them can cancel it; it must end by itself.</param>
internal sealed class SharedReads<TKey, TValue>(Func<TKey, Task<TValue>> read)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Flight> _flights = [];

    /// <summary>A value read from now on.</summary>
    public Task<TValue> ReadAsync(TKey key, CancellationToken cancellationToken)
    {
        Batch batch;
        Flight? mine = null;
        lock (_lock)
        {
            if (_flights.TryGetValue(key, out var flight))
            {
                batch = flight.Next ??= new Batch(Activity.Current);
            }
            else
            {
                batch = new Batch(Activity.Current);
                _flights[key] = mine = new Flight();
            }
        }

        if (mine is not null)
        {
            _ = RunAsync(key, mine, batch);
        }

        return batch.Task.WaitAsync(cancellationToken);
    }

    private async Task RunAsync(TKey key, Flight flight, Batch? batch)
    {
        while (batch is not null)
        {
            // The span of a read belongs to the call that asked for it first.
            Activity.Current = batch.Origin;
            try
            {
                batch.SetResult(await read(key));
            }
            catch (Exception exception)
            {
                batch.SetException(exception);

                // All who waited may have left.
                _ = batch.Task.Exception;
            }

            lock (_lock)
            {
                // From here on nobody can join it: it starts now.
                (batch, flight.Next) = (flight.Next, null);
                if (batch is null)
                {
                    _flights.Remove(key);
                }
            }
        }
    }

    private sealed class Flight
    {
        public Batch? Next { get; set; }
    }

    private sealed class Batch(Activity? origin) : TaskCompletionSource<TValue>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public Activity? Origin { get; } = origin;
    }
}
