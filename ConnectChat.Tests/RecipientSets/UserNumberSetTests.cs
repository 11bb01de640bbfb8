using ConnectChat.Contracts.Recipients;

namespace ConnectChat.Tests.RecipientSets;

public sealed class UserNumberSetTests
{
    [Fact(Timeout = 60_000)]
    public async Task Readers_see_every_change_that_happened_before_while_the_set_grows()
    {
        var set = new UserNumberSet();

        // Numbers that are there from the start stay, whatever happens around them.
        uint[] constant = [1, 64, 70_000, 140_000];
        foreach (var number in constant)
        {
            set.Add(number);
        }

        long published = 0;
        var done = false;
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            var seen = 0L;
            while (!Volatile.Read(ref done))
            {
                var last = Volatile.Read(ref published);
                if ((last != 0 && !set.Contains((uint)last)) || !constant.All(set.Contains) || set.Contains((uint)last + 5_000_000))
                {
                    throw new InvalidOperationException($"Wrong at {last}");
                }

                seen = last;
            }

            return seen;
        })).ToArray();

        for (uint number = 200_001; number < 4_200_000; number += 7)
        {
            set.Add(number);
            Volatile.Write(ref published, number);
            if (number % 3 == 0)
            {
                set.Add(number + 1);
                set.Remove(number + 1);
            }
        }

        Volatile.Write(ref done, true);
        await Task.WhenAll(readers);
        Assert.False(set.Contains(200_004));
    }

    [Fact]
    public void A_number_taken_out_is_gone_and_its_neighbours_stay()
    {
        var set = new UserNumberSet();
        foreach (var number in new uint[] { 63, 64, 65, uint.MaxValue })
        {
            set.Add(number);
        }

        set.Remove(64);
        set.Remove(500_000);
        Assert.Equal([true, false, true, true], new uint[] { 63, 64, 65, uint.MaxValue }.Select(set.Contains));
        Assert.Equal(1UL << 1, set.Word(64));
        Assert.Equal(0UL, set.Word(1 << 20));
    }
}
