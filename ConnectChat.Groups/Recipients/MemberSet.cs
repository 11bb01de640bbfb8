using ConnectChat.Contracts.Recipients;
using ConnectChat.Groups.Membership;
using Google.Protobuf;

namespace ConnectChat.Groups.Recipients;

/// <summary>Everyone in a group at one version: the numbers, to ask about one of them, and the bytes, made once when first needed.</summary>
internal sealed class MemberSet(long version, uint[] numbers)
{
    // Rough cost of the objects around the two arrays.
    private const int Overhead = 256;

    // This mode remembers no exception; who asks at the same moment may encode as well.
    private readonly Lazy<ByteString> _encoded = new(
        () => UnsafeByteOperations.UnsafeWrap(RecipientSet.Encode(numbers)), LazyThreadSafetyMode.PublicationOnly);

    public long Version => version;

    public int Count => numbers.Length;

    public ByteString Encoded => _encoded.Value;

    /// <summary>Memory, bytes, an upper estimate: four per number decoded, at most five encoded.</summary>
    public long Size => Overhead + (numbers.LongLength * 9);

    public bool Contains(uint number) => Array.BinarySearch(numbers, number) >= 0;

    /// <summary>The set at the next version. Who is in it already is not added again.</summary>
    public MemberSet After(ReadOnlySpan<MemberStep> steps)
    {
        // The steps ascend but for the actor, who may be last; a change is at most ninety steps, a set up to 100,000 numbers.
        var added = new List<uint>(steps.Length);
        var removed = new HashSet<uint>();
        foreach (var step in steps)
        {
            if (step.CountDelta > 0)
            {
                added.Add(step.Number);
            }
            else if (step.CountDelta < 0)
            {
                removed.Add(step.Number);
            }
        }

        if (added.Count == 0 && removed.Count == 0)
        {
            return new MemberSet(version + 1, numbers);
        }

        added.Sort();
        var merged = new List<uint>(numbers.Length + added.Count);
        var next = 0;
        foreach (var number in numbers)
        {
            for (; next < added.Count && added[next] <= number; next++)
            {
                if (added[next] < number)
                {
                    merged.Add(added[next]);
                }
            }

            if (removed.Count == 0 || !removed.Contains(number))
            {
                merged.Add(number);
            }
        }

        merged.AddRange(added.Skip(next));
        return new MemberSet(version + 1, [.. merged]);
    }
}
