using ConnectChat.Client.Ordering;
using CsCheck;

namespace ConnectChat.Tests.Client;

public sealed class GroupCursorTests
{
    [Fact]
    public void The_next_message_is_delivered_and_moves_the_cursor()
    {
        var cursor = new GroupCursor(4);

        Assert.Equal(CursorVerdict.Deliver, cursor.Offer(4, 5));
        Assert.Equal(5, cursor.Last);
        Assert.False(cursor.IsBehind);
    }

    [Fact]
    public void A_message_seen_before_is_a_duplicate_also_when_it_comes_by_a_replay()
    {
        var cursor = new GroupCursor(4);

        Assert.Equal(CursorVerdict.Duplicate, cursor.Offer(3, 4));
        Assert.Equal(CursorVerdict.Duplicate, cursor.Offer(0, 2));
        Assert.Equal(4, cursor.Last);
    }

    [Fact]
    public void A_message_ahead_is_a_gap_until_what_is_missing_has_come()
    {
        var cursor = new GroupCursor(4);

        Assert.Equal(CursorVerdict.Gap, cursor.Offer(5, 6));
        Assert.True(cursor.IsBehind);
        Assert.Equal(CursorVerdict.Deliver, cursor.Offer(4, 5));
        Assert.True(cursor.IsBehind);
        Assert.Equal(CursorVerdict.Deliver, cursor.Offer(5, 6));
        Assert.False(cursor.IsBehind);
    }

    [Fact]
    public void A_replay_links_over_what_the_reader_may_not_see()
    {
        // The user joined at 41: the first message of a replay from 0 names 0 as its predecessor.
        var cursor = new GroupCursor();

        Assert.Equal(CursorVerdict.Gap, cursor.Offer(41, 42));
        Assert.Equal(CursorVerdict.Deliver, cursor.Offer(0, 41));
        Assert.Equal(CursorVerdict.Deliver, cursor.Offer(41, 42));
    }

    [Fact]
    public void After_a_reported_gap_the_next_newer_message_is_taken_and_only_that_one()
    {
        var cursor = new GroupCursor(4);
        Assert.Equal(CursorVerdict.Gap, cursor.Offer(8, 9));

        cursor.AcceptGap();

        Assert.False(cursor.IsBehind);
        Assert.Equal(CursorVerdict.Duplicate, cursor.Offer(3, 4));
        Assert.Equal(CursorVerdict.Deliver, cursor.Offer(8, 9));
        Assert.Equal(CursorVerdict.Gap, cursor.Offer(10, 11));
    }

    [Fact]
    public void Whatever_is_dropped_repeated_or_reordered_the_delivered_messages_are_a_gapless_run()
    {
        // Any live messages of 1..20, in any order and as often as they like.
        Gen.Long[1, 20].Array[0, 60].Sample(arrivals =>
        {
            var cursor = new GroupCursor();
            var delivered = arrivals.Where(sequence => cursor.Offer(sequence - 1, sequence) == CursorVerdict.Deliver).ToList();

            Assert.Equal(Enumerable.Range(1, delivered.Count).Select(number => (long)number), delivered);
            Assert.Equal(delivered.Count, cursor.Last);
        });
    }

    [Fact]
    public void After_any_arrivals_one_replay_from_the_cursor_brings_everything_that_was_missed_once()
    {
        Gen.Select(Gen.Long[1, 20].Array[0, 60], Gen.Long[1, 30].HashSet[1, 30]).Sample((arrivals, joined) =>
        {
            // The reader may see these sequences and no others.
            var visible = joined.Order().ToList();
            var cursor = new GroupCursor();
            var delivered = arrivals.Where(joined.Contains).Where(sequence => cursor.Offer(sequence - 1, sequence) == CursorVerdict.Deliver).ToList();

            var before = cursor.Last;
            foreach (var sequence in visible.Where(sequence => sequence > cursor.Last).ToList())
            {
                Assert.Equal(CursorVerdict.Deliver, cursor.Offer(before, sequence));
                delivered.Add(sequence);
                before = sequence;
            }

            Assert.False(cursor.IsBehind);
            Assert.Equal(visible, delivered);
        });
    }
}
