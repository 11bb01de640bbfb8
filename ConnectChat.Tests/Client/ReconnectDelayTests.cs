using ConnectChat.Client.Retrying;

namespace ConnectChat.Tests.Client;

public sealed class ReconnectDelayTests
{
    [Fact]
    public void The_bound_starts_at_five_seconds_and_stops_growing_at_thirty()
    {
        var delay = ReconnectDelay.ForConnections();

        Assert.Equal([5, 10, 20, 30, 30], Enumerable.Range(0, 5).Select(attempt => delay.Bound(attempt).TotalSeconds));
        Assert.Equal(30, delay.Bound(1_000).TotalSeconds);
    }

    [Fact]
    public void Pauses_are_spread_below_the_bound()
    {
        var pauses = Enumerable.Range(0, 200).Select(_ => ReconnectDelay.ForConnections().Next().TotalSeconds).ToList();

        Assert.All(pauses, pause => Assert.InRange(pause, 0, 5));
        Assert.InRange(pauses.Average(), 1.5, 3.5);
    }
}
