using ConnectChat.Contracts;
using ConnectChat.Contracts.Recipients;
using CsCheck;

namespace ConnectChat.Tests.RecipientSets;

public sealed class RecipientSetTests
{
    private const byte Deltas = 1;
    private const byte Bitmap = 2;

    // Dense and sparse, small and near the end of 32 bits, clusters and gaps.
    private static readonly Gen<uint[]> Numbers = Gen.OneOf(
        Gen.UInt[1, 300].Array[0, 200],
        Gen.UInt[1, 100_000].Array[0, 300],
        Gen.UInt[1, uint.MaxValue].Array[0, 50],
        Gen.UInt[uint.MaxValue - 400, uint.MaxValue].Array[0, 300],
        Gen.Select(Gen.UInt[1, 2_000_000], Gen.Int[1, 500], (first, count) => Enumerable.Range(0, count).Select(i => first + (uint)i).ToArray()))
        .Select(numbers => numbers.Distinct().Order().ToArray());

    [Fact]
    public void Every_set_reads_back_as_it_was_written()
    {
        Numbers.Sample(numbers =>
        {
            var encoded = RecipientSet.Encode(numbers);
            return RecipientSet.TryDecode(encoded, numbers.Length, out var decoded) == RecipientSetError.None
                && decoded.AsSpan().SequenceEqual(numbers)
                && RecipientSet.TryReadCount(encoded, out var count) == RecipientSetError.None
                && count == numbers.Length;
        }, iter: 20_000);
    }

    [Fact]
    public void An_intersection_is_that_of_the_plain_sets()
    {
        Gen.Select(Numbers, Numbers, Gen.Bool).Sample((numbers, others, overlap) =>
        {
            var here = new HashSet<uint>(others);
            if (overlap)
            {
                here.UnionWith(numbers.Where((_, i) => i % 3 == 0));
            }

            var local = new UserNumberSet();
            foreach (var number in here)
            {
                local.Add(number);
            }

            List<uint> matches = [7];
            return RecipientSet.TryIntersect(RecipientSet.Encode(numbers), local, matches) == RecipientSetError.None
                && matches.SequenceEqual(numbers.Where(here.Contains).Prepend(7u))
                && numbers.All(number => local.Contains(number) == here.Contains(number));
        }, iter: 5_000);
    }

    [Fact]
    public void The_smaller_format_is_chosen_and_both_are()
    {
        var chosen = new int[3];
        Numbers.Sample(numbers =>
        {
            var encoded = RecipientSet.Encode(numbers);
            Interlocked.Increment(ref chosen[encoded[0]]);
            var (deltas, bitmap) = (DeltaLength(numbers), BitmapLength(numbers));
            return encoded.Length == Math.Min(deltas, bitmap) && encoded[0] == (bitmap < deltas ? Bitmap : Deltas);
        }, iter: 20_000);
        Assert.True(chosen[Deltas] > 100 && chosen[Bitmap] > 100);
    }

    [Theory]
    [InlineData(new uint[] { 0 })]
    [InlineData(new uint[] { 0, 1 })]
    [InlineData(new uint[] { 5, 5 })]
    [InlineData(new uint[] { 5, 4 })]
    public void Numbers_that_do_not_ascend_are_not_written(uint[] numbers) =>
        Assert.Throws<ArgumentException>(() => RecipientSet.Encode(numbers));

    [Fact]
    public void The_ends_of_the_range_are_numbers_like_others()
    {
        uint[] low = [.. Enumerable.Range(1, 127).Select(i => (uint)i)];
        uint[] high = [.. Enumerable.Range(0, 128).Select(i => uint.MaxValue - 127 + (uint)i)];
        foreach (var numbers in new[] { low, high, [1, uint.MaxValue], [uint.MaxValue] })
        {
            Assert.Equal(RecipientSetError.None, RecipientSet.TryDecode(RecipientSet.Encode(numbers), 1_000, out var decoded));
            Assert.Equal(numbers, decoded);
        }

        Assert.Equal(Bitmap, RecipientSet.Encode(high)[0]);
        Assert.True(UserNumberSet.Everyone.Contains(uint.MaxValue));
        Assert.Equal(ulong.MaxValue, UserNumberSet.Everyone.Word(uint.MaxValue & ~63u));
        Assert.Throws<NotSupportedException>(() => UserNumberSet.Everyone.Add(1));
        Assert.Throws<NotSupportedException>(() => UserNumberSet.Everyone.Remove(1));

        // One byte more than the last bitmap may have.
        Assert.Equal(RecipientSetError.NotAscending, RecipientSet.TryDecode([2, 1, 0xc0, 0xff, 0xff, 0xff, 0x0f, 1, 0, 0, 0, 0, 0, 0, 0, 1], 10, out _));
    }

    [Fact]
    public void A_reader_says_how_many_it_accepts()
    {
        var encoded = RecipientSet.Encode([1, 2, 3]);
        Assert.Equal(RecipientSetError.TooManyRecipients, RecipientSet.TryDecode(encoded, 2, out var numbers));
        Assert.Empty(numbers);
    }

    [Fact]
    public void Sets_are_as_small_as_promised()
    {
        uint[] registeredTogether = [.. Enumerable.Range(123_456, 500).Select(i => (uint)i)];
        var encoded = RecipientSet.Encode(registeredTogether);
        Assert.True(encoded.Length <= 2.5 * 500, $"{encoded.Length} bytes");

        // The same 500 as UUIDs, in their shortest form of 16 bytes each.
        Assert.True(encoded.Length <= 500 * 16 / 10, $"{encoded.Length} bytes");

        var random = new Random(1);
        Assert.True(RecipientSet.Encode(Pick(random, 500, 10_000)).Length <= 2.5 * 500);
        Assert.True(RecipientSet.Encode(Pick(random, 500, 10_000)).Length <= 500 * 16 / 10);
        Assert.True(RecipientSet.Encode(Pick(random, Limits.GroupMembers, uint.MaxValue)).Length + Limits.BodyBytes < 1_000_000);
        Assert.True(RecipientSet.Encode(Pick(random, Limits.GroupMembers, 10_000_000)).Length < 200_000);
    }

    internal static uint[] Pick(Random random, int count, uint below)
    {
        var picked = new SortedSet<uint>();
        while (picked.Count < count)
        {
            picked.Add((uint)random.NextInt64(1, below));
        }

        return [.. picked];
    }

    private static int DeltaLength(uint[] numbers)
    {
        var length = 1 + NumberLength((uint)numbers.Length);
        uint previous = 0;
        foreach (var number in numbers)
        {
            length += NumberLength(number - previous);
            previous = number;
        }

        return length;
    }

    private static long BitmapLength(uint[] numbers)
    {
        if (numbers.Length == 0)
        {
            return long.MaxValue;
        }

        var first = numbers[0] / 64 * 64;
        return 1 + NumberLength((uint)numbers.Length) + NumberLength(first) + ((numbers[^1] - first) / 8) + 1;
    }

    private static int NumberLength(uint value) => value switch
    {
        < 1u << 7 => 1,
        < 1u << 14 => 2,
        < 1u << 21 => 3,
        < 1u << 28 => 4,
        _ => 5,
    };
}
