using System.Diagnostics.CodeAnalysis;

namespace ConnectChat.Client.Retrying;

/// <summary>
/// Full jitter: a uniformly random pause below a bound that doubles, so that the clients of a lost gateway do not return all at once
/// (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
/// </summary>
internal sealed class ReconnectDelay(TimeSpan first, TimeSpan most)
{
    private int _attempts;

    /// <summary>0–5 s for the first return, growing to 0–30 s.</summary>
    public static ReconnectDelay ForConnections() => new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30));

    /// <summary>0–200 ms for the first retry of a call, growing to 0–5 s.</summary>
    public static ReconnectDelay ForCalls() => new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(5));

    /// <summary>The next pause.</summary>
    [SuppressMessage("Security", "CA5394", Justification = "Jitter needs no secrecy.")]
    public TimeSpan Next() => Random.Shared.NextDouble() * Bound(_attempts++);

    /// <summary>The bound of the n-th pause, from 0.</summary>
    internal TimeSpan Bound(int attempt) => TimeSpan.FromTicks(Math.Min(most.Ticks, first.Ticks << Math.Min(attempt, 20)));

    /// <summary>It worked: the next failure starts from the first bound.</summary>
    public void Reset() => _attempts = 0;
}
