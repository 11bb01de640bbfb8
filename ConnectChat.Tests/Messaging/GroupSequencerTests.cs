using System.Collections.Concurrent;
using ConnectChat.Messaging.Consuming;

namespace ConnectChat.Tests.Messaging;

public sealed class GroupSequencerTests
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task Items_of_one_key_run_one_after_the_other_in_order()
    {
        using var slots = new SemaphoreSlim(8);
        var (done, running) = (new ConcurrentQueue<int>(), 0);
        var all = new TaskCompletionSource();
        var sequencer = new GroupSequencer<int>(slots, async item =>
        {
            Assert.Equal(1, Interlocked.Increment(ref running));
            await Task.Yield();
            done.Enqueue(item);
            Interlocked.Decrement(ref running);
            if (item == 999)
            {
                all.SetResult();
            }
        });

        foreach (var item in Enumerable.Range(0, 1_000))
        {
            sequencer.Dispatch("key", item, Deadline);
        }

        await all.Task.WaitAsync(Deadline);
        Assert.Equal(Enumerable.Range(0, 1_000), done);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_key_that_is_held_does_not_hold_another()
    {
        using var slots = new SemaphoreSlim(2);
        var (held, passed) = (new TaskCompletionSource(), new TaskCompletionSource());
        var sequencer = new GroupSequencer<int>(slots, item =>
        {
            if (item == 0)
            {
                return held.Task;
            }

            passed.TrySetResult();
            return Task.CompletedTask;
        });

        sequencer.Dispatch("held", 0, Deadline);
        sequencer.Dispatch("free", 1, Deadline);
        await passed.Task.WaitAsync(Deadline);
        held.SetResult();
    }

    [Fact(Timeout = 30_000)]
    public async Task No_more_keys_are_worked_on_at_once_than_there_are_slots()
    {
        using var slots = new SemaphoreSlim(3);
        var (running, most, left) = (0, 0, 50);
        var all = new TaskCompletionSource();
        var sequencer = new GroupSequencer<int>(slots, async _ =>
        {
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            await Task.Yield();
            Interlocked.Decrement(ref running);
            if (Interlocked.Decrement(ref left) == 0)
            {
                all.SetResult();
            }
        });

        foreach (var item in Enumerable.Range(0, 50))
        {
            sequencer.Dispatch($"key-{item}", item, Deadline);
        }

        await all.Task.WaitAsync(Deadline);
        Assert.InRange(most, 1, 3);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = target; value > seen; seen = target)
        {
            Interlocked.CompareExchange(ref target, value, seen);
        }
    }
}
