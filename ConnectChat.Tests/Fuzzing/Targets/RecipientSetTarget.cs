using ConnectChat.Contracts.Recipients;

namespace ConnectChat.Tests.Fuzzing.Targets;

/// <summary>A set or an error; decoding, counting and intersecting agree; a set has one encoding per format.</summary>
internal sealed class RecipientSetTarget : IFuzzTarget
{
    private readonly UserNumberSet _local = new();
    private readonly List<uint> _matches = [];

    public RecipientSetTarget()
    {
        for (uint number = 1; number < 200; number += 3)
        {
            _local.Add(number);
        }
    }

    public IEnumerable<byte[]> Samples() =>
    [
        RecipientSet.Encode([]),
        RecipientSet.Encode([1]),
        RecipientSet.Encode([1, 2, 3, 130, 70_000, uint.MaxValue]),
        RecipientSet.Encode([.. Enumerable.Range(1, 100).Select(number => (uint)number)]),
        RecipientSet.Encode([.. Enumerable.Range(1_000, 300).Select(number => (uint)number * 2)]),
        RecipientSet.Encode([.. Enumerable.Range(0, 64).Select(number => uint.MaxValue - 63 + (uint)number)]),
    ];

    public void Parse(byte[] input)
    {
        var error = RecipientSet.TryDecode(input, 100_000, out var numbers);
        _matches.Clear();
        Assert.Equal(error, RecipientSet.TryIntersect(input, _local, _matches));
        Assert.True(_matches.SequenceEqual(numbers.Where(_local.Contains)), "decoding and intersecting differ");
        if (error != RecipientSetError.None)
        {
            return;
        }

        Assert.Equal((RecipientSetError.None, numbers.Length), (RecipientSet.TryReadCount(input, out var count), count));
        var again = RecipientSet.Encode(numbers);
        Assert.True(again[0] == input[0] ? again.AsSpan().SequenceEqual(input) : again.Length <= input.Length, "this encoding is not the one of the set");
    }
}
