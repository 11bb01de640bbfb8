using System.Diagnostics;
using ConnectChat.Contracts.Recipients;
using static ConnectChat.Benchmarks.Report;

namespace ConnectChat.Benchmarks;

/// <summary>What it costs to write a set, and to find in one that nobody of it is here: the common case on a gateway.</summary>
internal static class RecipientSetsBenchmark
{
    private const int Samples = 101;

    public static void Run()
    {
        Header("Recipient sets");
        Console.WriteLine($"Median of {Samples} samples. Nobody of the set is connected here, but 10,000 others on the same pages are.");
        Console.WriteLine();
        Console.WriteLine("| set | format | bytes | bytes/recipient | encode µs | intersect µs | ns per ignored recipient |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        Row("500 contiguous", [.. Enumerable.Range(123_457, 500).Select(i => (uint)i)]);
        Row("500 of 10,000", Pick(500, 10_000));
        Row("500 of 1,000,000", Pick(500, 1_000_000));
        Row("100,000 contiguous", [.. Enumerable.Range(123_457, 100_000).Select(i => (uint)i)]);
        Row("100,000 of 1,000,000", Pick(100_000, 1_000_000));
        Row("100,000 of all 32 bits", Pick(100_000, uint.MaxValue));
    }

    private static void Row(string name, uint[] numbers)
    {
        var encoded = RecipientSet.Encode(numbers);
        var local = Others(numbers);
        var matches = new List<uint>();
        var encode = Median(numbers.Length, () => RecipientSet.Encode(numbers));
        var intersect = Median(numbers.Length, () => RecipientSet.TryIntersect(encoded, local, matches));
        if (matches.Count > 0)
        {
            throw new InvalidOperationException("Somebody was here.");
        }

        Console.WriteLine(Invariant(
            $"| {name} | {(encoded[0] == 1 ? "deltas" : "bitmap")} | {encoded.Length} | {(double)encoded.Length / numbers.Length:0.00} | ",
            $"{encode / 1000:0.00} | {intersect / 1000:0.00} | {intersect / numbers.Length:0.00} |"));
    }

    // Neighbours of the recipients, so that the pages are there and are looked at.
    private static UserNumberSet Others(uint[] numbers)
    {
        var members = numbers.ToHashSet();
        var local = new UserNumberSet();
        var random = new Random(3);
        for (var i = 0; i < 10_000; i++)
        {
            var number = (uint)Math.Clamp(random.GetItems(numbers, 1)[0] + (long)random.Next(-2_000, 2_000), 1, uint.MaxValue);
            if (!members.Contains(number))
            {
                local.Add(number);
            }
        }

        return local;
    }

    /// <summary>Nanoseconds of one run.</summary>
    private static double Median<T>(int size, Func<T> action)
    {
        var runs = Math.Max(1, 200_000 / size);
        var samples = new List<double>(Samples);
        for (var sample = -20; sample < Samples; sample++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var run = 0; run < runs; run++)
            {
                action();
            }

            if (sample >= 0)
            {
                samples.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / runs);
            }
        }

        samples.Sort();
        return Percentile(samples, 50);
    }

    private static uint[] Pick(int count, uint below)
    {
        var random = new Random(1);
        var picked = new SortedSet<uint>();
        while (picked.Count < count)
        {
            picked.Add((uint)random.NextInt64(1, below));
        }

        return [.. picked];
    }
}
