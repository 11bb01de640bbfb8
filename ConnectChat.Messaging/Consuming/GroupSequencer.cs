namespace ConnectChat.Messaging.Consuming;

/// <summary>
/// Runs work of the same key one after the other in the order of dispatch, and work of different keys in parallel, as far as the shared
/// slots reach. What waits for a key when its turn comes is taken together; when nothing else waits, that is the one item at once.
/// </summary>
/// <param name="slots">Shared by all partitions of the instance.</param>
/// <param name="mostItems">So many items are taken together at most.</param>
/// <param name="mostBytes">So many bytes are taken together at most, or one item.</param>
/// <param name="size">Bytes of an item.</param>
/// <param name="work">Does what was taken; must not throw.</param>
internal sealed class GroupSequencer<T>(WorkSlots slots, int mostItems, long mostBytes, Func<T, long> size, Func<IReadOnlyList<T>, WorkSlots.Slot, Task> work)
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
        try
        {
            do
            {
                using var slot = await slots.TakeAsync(stopping);
                await work(Take(key), slot);
            }
            while (!IsDone(key));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What is queued is the next owner's.
        }
    }

    private List<T> Take(string key)
    {
        lock (_lock)
        {
            var queue = _queues[key];
            var taken = new List<T>(Math.Min(queue.Count, mostItems)) { queue.Dequeue() };
            for (var bytes = size(taken[0]); taken.Count < mostItems && queue.TryPeek(out var next); taken.Add(queue.Dequeue()))
            {
                bytes += size(next);
                if (bytes > mostBytes)
                {
                    break;
                }
            }

            return taken;
        }
    }

    // A key whose queue is there has a runner, so it goes only when it is empty.
    private bool IsDone(string key)
    {
        lock (_lock)
        {
            return _queues[key].Count == 0 && _queues.Remove(key);
        }
    }
}
