namespace ConnectChat.Messaging.Consuming;

/// <summary>
/// Runs work of the same key one after the other in the order of dispatch, and work of different keys in parallel, as far as the
/// shared slots reach.
/// </summary>
/// <param name="slots">Shared by all partitions of the instance: bounds how many keys are worked on at once.</param>
/// <param name="work">Does one item; must not throw.</param>
internal sealed class GroupSequencer<T>(SemaphoreSlim slots, Func<T, Task> work)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<T>> _queues = [];

    /// <summary>Queues an item behind all earlier ones of its key. Returns at once.</summary>
    /// <param name="key">What is ordered among itself.</param>
    /// <param name="item">What to do.</param>
    /// <param name="stopping">Once cancelled, nothing more is started; queued items are forgotten.</param>
    public void Dispatch(string key, T item, CancellationToken stopping)
    {
        lock (_lock)
        {
            if (_queues.TryGetValue(key, out var queue))
            {
                queue.Enqueue(item);
                return;
            }

            _queues[key] = new Queue<T>([item]);
        }

        _ = Task.Run(() => RunAsync(key, stopping), CancellationToken.None);
    }

    private async Task RunAsync(string key, CancellationToken stopping)
    {
        while (TryPeek(key, out var item))
        {
            try
            {
                await slots.WaitAsync(stopping);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                await work(item);
            }
            finally
            {
                slots.Release();
            }

            Leave(key);
        }
    }

    private bool TryPeek(string key, out T item)
    {
        lock (_lock)
        {
            if (_queues[key].TryPeek(out item!))
            {
                return true;
            }

            _queues.Remove(key);
            return false;
        }
    }

    // An item stays at the head while it is worked on: a key whose queue is there has a runner.
    private void Leave(string key)
    {
        lock (_lock)
        {
            _queues[key].Dequeue();
        }
    }
}
