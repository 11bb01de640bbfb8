namespace ConnectChat.Benchmarks;

/// <summary>
/// Two ways compared in turns. A machine's speed may change by a third from one minute to the next, far more than what is measured: so
/// both run side by side, and one second of the one is compared with the next second of the other.
/// </summary>
internal static class SideBySide
{
    /// <summary>Measures both in pairs; which goes first changes from pair to pair.</summary>
    public static async Task<(List<T> First, List<T> Second)> MeasureAsync<T>(int pairs, Func<Task<T>> first, Func<Task<T>> second)
    {
        var (firsts, seconds) = (new List<T>(), new List<T>());
        for (var pair = 0; pair < pairs; pair++)
        {
            foreach (var isFirst in pair % 2 == 0 ? new[] { true, false } : [false, true])
            {
                (isFirst ? firsts : seconds).Add(await (isFirst ? first : second)());
            }
        }

        return (firsts, seconds);
    }
}
