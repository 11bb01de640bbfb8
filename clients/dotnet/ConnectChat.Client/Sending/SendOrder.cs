namespace ConnectChat.Client.Sending;

/// <summary>The sends of one group are made one after another, in the order of the calls; those of different groups side by side.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SendOrder
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task> _last = [];

    /// <summary>Waits for the group's earlier sends to end, however they end, and makes this one.</summary>
    public async Task<T> RunAsync<T>(string groupId, Func<Task<T>> send, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_lock)
        {
            before = _last.GetValueOrDefault(groupId, Task.CompletedTask);
            _last[groupId] = done.Task;
        }

        try
        {
            await before.WaitAsync(cancellationToken).ConfigureAwait(false);
            return await send().ConfigureAwait(false);
        }
        finally
        {
            // A call that gave up waiting must not let the next one overtake those before it.
            _ = before.ContinueWith(
                _ => End(groupId, done), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private void End(string groupId, TaskCompletionSource done)
    {
        lock (_lock)
        {
            if (_last.TryGetValue(groupId, out var last) && last == done.Task)
            {
                _last.Remove(groupId);
            }
        }

        done.SetResult();
    }
}
