namespace ConnectChat.ServiceDefaults.Logging;

/// <summary>What a loop that tries again says about a failure.</summary>
public enum FailureReport
{
    /// <summary>Nothing: it was said lately.</summary>
    None,

    /// <summary>That it failed, with the exception.</summary>
    First,

    /// <summary>In a line that it still fails.</summary>
    Again,
}

/// <summary>
/// Keeps a loop that tries again from filling the log during an outage: the first failure is reported as a whole, and then a line after
/// 2 s, 4 s, 8 s and so on, at last every 5 minutes. Of one loop; not for several threads.
/// </summary>
public sealed class FailureReports(TimeProvider clock)
{
    private static readonly TimeSpan FirstInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromMinutes(5);

    private long? _began;
    private long _reported;
    private TimeSpan _interval = FirstInterval;

    /// <summary>It failed once more.</summary>
    /// <param name="failing">For how long it has failed by now.</param>
    public FailureReport Failed(out TimeSpan failing)
    {
        var now = clock.GetTimestamp();
        if (_began is not { } began)
        {
            _began = _reported = now;
            failing = TimeSpan.Zero;
            return FailureReport.First;
        }

        failing = clock.GetElapsedTime(began, now);
        if (clock.GetElapsedTime(_reported, now) < _interval)
        {
            return FailureReport.None;
        }

        _reported = now;
        _interval = _interval * 2 < LongestInterval ? _interval * 2 : LongestInterval;
        return FailureReport.Again;
    }
}
