namespace ConnectChat.LocalCluster;

/// <summary>Waiting for what nobody tells of.</summary>
internal static class Polling
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Reads until it is enough.</summary>
    public static Task<T> UntilAsync<T>(Func<Task<T>> read, Func<T, bool> enough, CancellationToken cancellationToken) =>
        UntilAsync(read, enough, TimeSpan.MaxValue, cancellationToken);

    /// <summary>Reads until it is enough or the patience is at its end; gives what was read last.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> read, Func<T, bool> enough, TimeSpan patience, CancellationToken cancellationToken)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var found = await read();
            if (enough(found) || TimeProvider.System.GetElapsedTime(began) > patience)
            {
                return found;
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }
}
