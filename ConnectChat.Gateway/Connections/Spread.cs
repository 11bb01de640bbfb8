namespace ConnectChat.Gateway.Connections;

/// <summary>Does something to many connections over a while, so that what their clients do about it is no storm.</summary>
internal static class Spread
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);

    /// <summary>Calls for each, in random order and evenly over the window: the first at once.</summary>
    public static async Task OverAsync(IEnumerable<ChatConnection> connections, TimeSpan window, TimeProvider clock, Action<ChatConnection> each)
    {
        var all = connections.ToArray();
        Random.Shared.Shuffle(all);
        var began = clock.GetTimestamp();
        for (var i = 0; i < all.Length; i++)
        {
            var early = (window * i / all.Length) - clock.GetElapsedTime(began);
            if (early > Shortest)
            {
                await Task.Delay(early, clock);
            }

            each(all[i]);
        }
    }
}
