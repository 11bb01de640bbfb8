using ConnectChat.Groups.Recipients;

namespace ConnectChat.Tests.Groups;

public sealed class SharedReadsTests
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_call_that_arrives_while_a_read_is_under_way_waits_for_the_next_one()
    {
        using var store = new StoppedStore();
        var reads = new SharedReads<string, int>(store.ReadAsync);

        var first = reads.ReadAsync("g", Deadline);
        Assert.Equal(1, store.Started);
        var second = reads.ReadAsync("g", Deadline);
        var third = reads.ReadAsync("g", Deadline);
        Assert.Equal(1, store.Started);

        await store.AnswerAsync(10);
        Assert.Equal(10, await first);
        await store.StartedAsync(2);
        Assert.False(second.IsCompleted);

        // The second read runs: who comes now is too late for it.
        var fourth = reads.ReadAsync("g", Deadline);
        await store.AnswerAsync(20);
        Assert.Equal(20, await second);
        Assert.Equal(20, await third);
        await store.StartedAsync(3);
        Assert.False(fourth.IsCompleted);
        await store.AnswerAsync(30);
        Assert.Equal(30, await fourth);
        Assert.Equal(3, store.Started);
    }

    [Fact(Timeout = 30_000)]
    public async Task Keys_do_not_wait_for_each_other()
    {
        var stopped = new TaskCompletionSource<string>();
        var reads = new SharedReads<string, string>(key => key == "slow" ? stopped.Task : Task.FromResult(key));
        var slow = reads.ReadAsync("slow", Deadline);
        Assert.Equal("fast", await reads.ReadAsync("fast", Deadline));
        stopped.SetResult("slow");
        Assert.Equal("slow", await slow);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_read_that_fails_fails_those_who_waited_for_it_and_nobody_else()
    {
        using var store = new StoppedStore();
        var reads = new SharedReads<string, int>(store.ReadAsync);
        var first = reads.ReadAsync("g", Deadline);
        var second = reads.ReadAsync("g", Deadline);
        store.Fail();
        await Assert.ThrowsAsync<TimeoutException>(() => first);
        await store.StartedAsync(2);
        await store.AnswerAsync(5);
        Assert.Equal(5, await second);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_caller_that_leaves_takes_nobody_with_it()
    {
        using var store = new StoppedStore();
        var reads = new SharedReads<string, int>(store.ReadAsync);
        using var leaving = new CancellationTokenSource();
        var first = reads.ReadAsync("g", leaving.Token);
        var second = reads.ReadAsync("g", leaving.Token);
        var third = reads.ReadAsync("g", Deadline);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await store.AnswerAsync(1);
        await store.StartedAsync(2);
        await store.AnswerAsync(2);
        Assert.Equal(2, await third);
    }

    [Fact(Timeout = 30_000)]
    public async Task Under_load_no_answer_is_older_than_its_call()
    {
        long now = 0;
        var reads = new SharedReads<int, long>(async _ =>
        {
            var seen = Interlocked.Read(ref now);
            await Task.Yield();
            return seen;
        });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                var asked = Interlocked.Increment(ref now);
                Assert.True(await reads.ReadAsync(i % 2, Deadline) >= asked);
            }
        })));
    }

    /// <summary>A store whose reads end when the test says so.</summary>
    private sealed class StoppedStore : IDisposable
    {
        private readonly SemaphoreSlim _begun = new(0);
        private TaskCompletionSource<int> _current = new();
        private int _awaited;

        public int Started { get; private set; }

        public Task<int> ReadAsync(string key)
        {
            Started++;
            _current = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            _begun.Release();
            return _current.Task;
        }

        public async Task StartedAsync(int number)
        {
            for (; _awaited < number; _awaited++)
            {
                await _begun.WaitAsync(Deadline);
            }
        }

        public async Task AnswerAsync(int value)
        {
            var answered = _current;
            answered.SetResult(value);
            await answered.Task;
        }

        public void Dispose() => _begun.Dispose();

        public void Fail() => _current.SetException(new TimeoutException());
    }
}
