using System.Buffers.Binary;
using CsCheck;

namespace ConnectChat.Tests.Fuzzing;

/// <summary>What makes new inputs of known ones: damage, pieces of others, lengths that lie, nesting and noise.</summary>
internal static class Mutation
{
    private const int Longest = 30_000;

    // As lengths and counts: nothing, the edges of the types, and one byte more than anything holds.
    private static readonly long[] Lies = [0, 1, 63, 64, 127, 128, 255, 256, 65_535, 65_536, int.MaxValue, uint.MaxValue, long.MaxValue, -1, long.MinValue];

    /// <summary>Inputs of none to four changes.</summary>
    public static Gen<byte[]> Of(byte[][] corpus)
    {
        var change = Gen.Select(Gen.Int[0, 9], Gen.Int[0, int.MaxValue - 1], Gen.Int[0, int.MaxValue - 1], Gen.Byte);
        var known = Gen.OneOf(corpus);
        return Gen.Select(known, known, change.Array[0, 4], (input, other, changes) =>
            changes.Aggregate(input, (bytes, each) => Apply(bytes, other, each.Item1, each.Item2, each.Item3, each.Item4)));
    }

    private static byte[] Apply(byte[] input, byte[] other, int kind, int where, int size, byte value)
    {
        var at = where % (input.Length + 1);
        var head = input.AsSpan(0, at);
        var tail = input.AsSpan(at);
        var piece = Math.Min(1 + (size % 16), tail.Length);
        return kind switch
        {
            0 when tail.Length > 0 => [.. head, (byte)(tail[0] ^ (1 << (value % 8))), .. tail[1..]],
            1 when tail.Length > 0 => [.. head, value, .. tail[1..]],
            2 => [.. head, .. tail[piece..]],
            3 => [.. head, .. new byte[piece], value, .. tail],
            4 => head.ToArray(),
            5 => [.. head, .. other.AsSpan(size % (other.Length + 1))],
            6 => Lie(head, tail, Lies[size % Lies.Length], value),
            7 => [.. head, .. other.AsSpan(0, size % (other.Length + 1)), .. tail],
            8 => Repeat(head, tail, piece, size % 16 == 0 ? Longest : 64),
            _ => Noise(head, size, value),
        };
    }

    // Over what is there, as fixed bytes in either order, or as LEB128, which protobuf and SignalR use as well.
    private static byte[] Lie(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long number, byte form)
    {
        var bytes = new byte[10];
        var length = 0;
        if (form % 3 == 0)
        {
            for (var left = (ulong)number; length == 0 || left != 0; left >>= 7)
            {
                bytes[length++] = (byte)((left & 0x7f) | (left > 0x7f ? 0x80u : 0));
            }

            return [.. head, .. bytes.AsSpan(0, length), .. tail[Math.Min(1, tail.Length)..]];
        }

        length = 1 << (form / 3 % 4);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        if (form % 3 == 1)
        {
            bytes.AsSpan(0, length).Reverse();
        }

        return [.. head, .. bytes.AsSpan(0, length), .. tail[Math.Min(length, tail.Length)..]];
    }

    private static byte[] Repeat(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, int piece, int upTo)
    {
        var repeated = new byte[piece == 0 ? 0 : Math.Max(0, upTo - head.Length - tail.Length) / piece * piece];
        for (var i = 0; i < repeated.Length; i++)
        {
            repeated[i] = tail[i % piece];
        }

        return [.. head, .. repeated, .. tail];
    }

    private static byte[] Noise(ReadOnlySpan<byte> head, int seed, byte length)
    {
        var noise = new byte[length];
        new Random(seed).NextBytes(noise);
        return [.. head, .. noise];
    }
}
