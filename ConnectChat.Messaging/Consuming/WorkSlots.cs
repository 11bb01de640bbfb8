namespace ConnectChat.Messaging.Consuming;

/// <summary>
/// Bounds how many groups an instance works on at once. A slot is for making progress: who holds one for longer than
/// <see cref="Patience"/> waits for something, gives it back and goes on without. So no number of groups in trouble keeps a healthy one
/// from its turn.
/// </summary>
/// <remarks>For any thread. Who asked first is served first: a group that takes one batch after another stands in line again each time.</remarks>
internal sealed class WorkSlots(int count, TimeProvider clock) : IDisposable
{
    /// <summary>How long a slot is held at most.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim _free = new(count);

    /// <summary>Waits for a slot.</summary>
    /// <exception cref="OperationCanceledException">No longer wanted.</exception>
    public async Task<Slot> TakeAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        return new Slot(_free, clock);
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    /// <summary>A slot. Given back once, however often that is asked for.</summary>
    internal sealed class Slot : IDisposable
    {
        private readonly SemaphoreSlim _free;
        private readonly ITimer _patience;
        private int _released;

        public Slot(SemaphoreSlim free, TimeProvider clock)
        {
            _free = free;
            _patience = clock.CreateTimer(static slot => ((Slot)slot!).Release(), this, Patience, Timeout.InfiniteTimeSpan);
        }

        /// <summary>Gives the slot back, if it is still held.</summary>
        public void Release()
        {
            if (Interlocked.Exchange(ref _released, 1) != 0)
            {
                return;
            }

            try
            {
                _free.Release();
            }
            catch (ObjectDisposedException)
            {
                // The instance ended while this one still waited for something; on the timer's thread an exception would end the process.
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            _patience.Dispose();
            Release();
        }
    }
}
