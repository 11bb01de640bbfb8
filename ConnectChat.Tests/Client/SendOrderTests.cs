using ConnectChat.Client.Sending;

namespace ConnectChat.Tests.Client;

public sealed class SendOrderTests
{
    private readonly SendOrder _order = new();
    private readonly List<string> _started = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 10_000)]
    public async Task A_send_waits_for_the_one_before_it_in_its_group_and_for_no_other_group()
    {
        var first = new TaskCompletionSource<int>();
        var sending = SendAsync("team", "first", first.Task, Token);
        var next = SendAsync("team", "second", Task.FromResult(2), Token);

        Assert.Equal(3, await SendAsync("other", "third", Task.FromResult(3), Token));
        Assert.Equal(["first", "third"], _started);

        first.SetException(new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(() => sending);
        Assert.Equal(2, await next);
    }

    [Fact(Timeout = 10_000)]
    public async Task A_send_that_gave_up_waiting_does_not_let_the_next_one_overtake()
    {
        using var impatient = new CancellationTokenSource();
        var first = new TaskCompletionSource<int>();
        var sending = SendAsync("team", "first", first.Task, Token);
        var given = SendAsync("team", "second", Task.FromResult(2), impatient.Token);
        var last = SendAsync("team", "third", Task.FromResult(3), Token);

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.Equal(["first"], _started);

        first.SetResult(1);
        Assert.Equal((1, 3), (await sending, await last));
        Assert.Equal(["first", "third"], _started);
    }

    private Task<int> SendAsync(string group, string name, Task<int> answer, CancellationToken cancellationToken) => _order.RunAsync(
        group,
        () =>
        {
            _started.Add(name);
            return answer;
        },
        cancellationToken);
}
