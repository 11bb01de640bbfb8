using ConnectChat.Messaging.Consuming;
using CsCheck;

namespace ConnectChat.Tests.Messaging;

public sealed class OffsetTrackerTests
{
    [Fact]
    public void Nothing_is_stored_before_something_is_finished()
    {
        var tracker = new OffsetTracker();
        Assert.False(tracker.TryAdvance(out _));
        Assert.Equal(-1, tracker.Position);
        Assert.True(tracker.TryTrack(41));
        Assert.False(tracker.TryAdvance(out _));
        Assert.Equal(41, tracker.Position);
        Assert.Equal(1, tracker.Unfinished);
    }

    [Fact]
    public void An_unfinished_record_holds_back_all_that_follow()
    {
        var tracker = new OffsetTracker();
        Assert.All<long>([5, 6, 9], offset => Assert.True(tracker.TryTrack(offset)));
        tracker.Finish(6);
        tracker.Finish(9);
        Assert.False(tracker.TryAdvance(out _));
        tracker.Finish(5);
        Assert.True(tracker.TryAdvance(out var stored));
        Assert.Equal(10, stored);
        Assert.False(tracker.TryAdvance(out _));
    }

    [Fact]
    public void An_offset_that_was_read_before_is_not_tracked()
    {
        var tracker = new OffsetTracker();
        Assert.True(tracker.TryTrack(5));
        Assert.False(tracker.TryTrack(5));
        Assert.False(tracker.TryTrack(0));
        Assert.True(tracker.TryTrack(6));
    }

    [Fact]
    public void In_whatever_order_records_finish_the_stored_offset_is_the_lowest_unfinished_and_never_falls() =>
        Gen.Select(Gen.Int[1, 5].Array[1, 40], Gen.Int[0, 1_000_000].Array[40]).Sample((gaps, order) =>
        {
            var tracker = new OffsetTracker();
            var offsets = new List<long>();
            foreach (var gap in gaps)
            {
                offsets.Add((offsets.Count == 0 ? 100 : offsets[^1]) + gap);
                Assert.True(tracker.TryTrack(offsets[^1]));
            }

            var unfinished = new HashSet<long>(offsets);
            var stored = offsets[0];
            foreach (var offset in offsets.Select((offset, i) => (offset, key: order[i % order.Length])).OrderBy(pair => pair.key).Select(pair => pair.offset))
            {
                tracker.Finish(offset);
                unfinished.Remove(offset);
                var expected = unfinished.Count > 0 ? unfinished.Min() : offsets[^1] + 1;
                Assert.Equal(expected != stored, tracker.TryAdvance(out var advanced));
                Assert.Equal(expected, advanced);
                Assert.True(advanced >= stored);
                stored = advanced;
            }

            Assert.Equal(offsets[^1] + 1, stored);
        });
}
