namespace ConnectChat.Client.Connecting;

/// <summary>The connection that there is now, or the wait for the next.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class CurrentSession
{
    private readonly Lock _lock = new();
    private TaskCompletionSource<Session> _session = NewWait();

    /// <summary>The connection, once there is one.</summary>
    /// <exception cref="Exception">There will be none any more: what <see cref="End"/> was called with.</exception>
    public Task<Session> GetAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _session.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>A connection was made.</summary>
    public void Begin(Session session)
    {
        lock (_lock)
        {
            _session.SetResult(session);
        }
    }

    /// <summary>It is gone.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _session = NewWait();
        }
    }

    /// <summary>There will be no other.</summary>
    public void End(Exception error)
    {
        lock (_lock)
        {
            _session.TrySetException(error);

            // Read, so that it does not count as unobserved when nobody waits.
            _ = _session.Task.Exception;
        }
    }

    private static TaskCompletionSource<Session> NewWait() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
