using System.Collections.Concurrent;
using ConnectChat.Messaging.Consuming;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Messaging;

public sealed class GroupSequencerTests
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task Items_of_one_key_run_one_after_the_other_in_order()
    {
        using var slots = new WorkSlots(8, TimeProvider.System);
        var (done, running) = (new ConcurrentQueue<int>(), 0);
        var all = new TaskCompletionSource();
        var sequencer = Sequencer(slots, async items =>
        {
            Assert.Equal(1, Interlocked.Increment(ref running));
            await Task.Yield();
            items.ToList().ForEach(done.Enqueue);
            Interlocked.Decrement(ref running);
            if (items[^1] == 999)
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
        using var slots = new WorkSlots(2, TimeProvider.System);
        var (held, passed) = (new TaskCompletionSource(), new TaskCompletionSource());
        var sequencer = Sequencer(slots, items =>
        {
            if (items[0] == 0)
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
        using var slots = new WorkSlots(3, TimeProvider.System);
        var (running, most, left) = (0, 0, 50);
        var all = new TaskCompletionSource();
        var sequencer = Sequencer(slots, async _ =>
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

    [Fact(Timeout = 30_000)]
    public async Task What_waits_for_a_key_is_taken_together_within_both_bounds_and_what_waits_for_nothing_at_once()
    {
        using var slots = new WorkSlots(8, TimeProvider.System);
        var (taken, gate, all) = (new ConcurrentQueue<int[]>(), new TaskCompletionSource(), new TaskCompletionSource());
        var sequencer = new GroupSequencer<int>(slots, mostItems: 4, mostBytes: 100, size: item => item, async (items, _) =>
        {
            taken.Enqueue([.. items]);
            await gate.Task;
            if (items[^1] == 90)
            {
                all.SetResult();
            }
        });

        sequencer.Dispatch("key", 1, Deadline);
        await Eventually.TrueAsync(() => taken.Count == 1);
        Array.ForEach([2, 3, 4, 5, 6, 60, 60, 200, 90], item => sequencer.Dispatch("key", item, Deadline));
        gate.SetResult();
        await all.Task.WaitAsync(Deadline);

        Assert.Equal([[1], [2, 3, 4, 5], [6, 60], [60], [200], [90]], taken);
    }

    [Fact(Timeout = 30_000)]
    public async Task However_many_keys_wait_for_something_another_gets_its_turn()
    {
        using var slots = new WorkSlots(4, TimeProvider.System);
        var (stuck, passed) = (new TaskCompletionSource(), new TaskCompletionSource());
        var sequencer = Sequencer(slots, items =>
        {
            if (items[0] < 100)
            {
                return stuck.Task;
            }

            passed.SetResult();
            return Task.CompletedTask;
        });

        foreach (var item in Enumerable.Range(0, 101))
        {
            sequencer.Dispatch($"key-{item}", item, Deadline);
        }

        await passed.Task.WaitAsync(Deadline);
        stuck.SetResult();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_slot_that_is_still_held_when_the_instance_ends_disturbs_nobody()
    {
        var slots = new WorkSlots(1, TimeProvider.System);
        var slot = await slots.TakeAsync(Deadline);

        slots.Dispose();

        slot.Release();
        slot.Dispose();
    }

    private static GroupSequencer<int> Sequencer(WorkSlots slots, Func<IReadOnlyList<int>, Task> work) =>
        new(slots, mostItems: 10, mostBytes: 1_000, size: _ => 1, (items, _) => work(items));

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = target; value > seen; seen = target)
        {
            Interlocked.CompareExchange(ref target, value, seen);
        }
    }
}
