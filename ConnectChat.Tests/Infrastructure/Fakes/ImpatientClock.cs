using System.Collections.Concurrent;

namespace ConnectChat.Tests.Infrastructure.Fakes;

/// <summary>
/// A clock on which every delay is over at once and moves the time on by its length: a loop that waits goes through hours in a moment.
/// </summary>
internal sealed class ImpatientClock : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    private long _elapsed;

    /// <summary>What was waited for, in order.</summary>
    public ConcurrentQueue<TimeSpan> Pauses { get; } = [];

    /// <summary>How much time has passed.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(Volatile.Read(ref _elapsed));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Elapsed.Ticks;

    public override DateTimeOffset GetUtcNow() => Start + Elapsed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan)
        {
            return System.CreateTimer(callback, state, dueTime, period);
        }

        Pauses.Enqueue(dueTime);
        Interlocked.Add(ref _elapsed, dueTime.Ticks);
        return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
