using System.Buffers.Binary;
using System.Numerics;

namespace ConnectChat.Contracts.Recipients;

/// <summary>
/// The encoded form of a complete recipient set: a format byte, a count, then the smaller of ascending user numbers as LEB128
/// deltas, or a base and a bitmap. Specification with examples: <c>docs/recipient-sets.md</c>.
/// </summary>
/// <remarks>
/// Reading never trusts its input: any bytes give a set or a <see cref="RecipientSetError"/>, in time linear in the bytes and without
/// allocating by what they claim. LEB128: DWARF 5, section 7.6. A set has one canonical encoding per format; others are refused.
/// </remarks>
public static class RecipientSet
{
    internal const byte Deltas = 1;
    internal const byte Bitmap = 2;

    /// <summary>The set with nobody in it.</summary>
    public static ReadOnlySpan<byte> Empty => [Deltas, 0];

    /// <summary>Encodes strictly ascending user numbers, none of them 0.</summary>
    /// <exception cref="ArgumentException">The numbers do not ascend strictly, or contain 0.</exception>
    public static byte[] Encode(ReadOnlySpan<uint> numbers)
    {
        if (numbers.IsEmpty)
        {
            return Empty.ToArray();
        }

        var header = 1 + Leb128.Length((uint)numbers.Length);
        long deltas = header;
        uint previous = 0;
        foreach (var number in numbers)
        {
            if (number <= previous)
            {
                throw new ArgumentException("User numbers must ascend strictly and start above 0.", nameof(numbers));
            }

            deltas += Leb128.Length(number - previous);
            previous = number;
        }

        // The base is a multiple of 64, so that a reader can AND whole words of the bitmap with words of its own.
        var @base = numbers[0] & ~63u;
        var bitmapBytes = ((numbers[^1] - @base) / 8) + 1L;
        var bitmap = header + Leb128.Length(@base) + bitmapBytes;
        return bitmap < deltas ? EncodeBitmap(numbers, @base, (int)bitmap, header) : EncodeDeltas(numbers, checked((int)deltas));
    }

    /// <summary>Every user number of a set, ascending.</summary>
    /// <param name="encoded">Any bytes.</param>
    /// <param name="maximumCount">Refuses a set that claims more.</param>
    /// <param name="numbers">The numbers; empty on an error.</param>
    public static RecipientSetError TryDecode(ReadOnlySpan<byte> encoded, int maximumCount, out uint[] numbers)
    {
        numbers = [];
        var error = TryReadHeader(encoded, out var header);
        if (error != RecipientSetError.None)
        {
            return error;
        }

        if (header.Count > maximumCount)
        {
            return RecipientSetError.TooManyRecipients;
        }

        var decoded = new List<uint>(header.Count);
        error = TryIntersect(encoded, UserNumberSet.Everyone, decoded);
        if (error == RecipientSetError.None)
        {
            numbers = [.. decoded];
        }

        return error;
    }

    /// <summary>How many users a set claims to hold, from its first bytes. At most eight times the bytes of the set.</summary>
    public static RecipientSetError TryReadCount(ReadOnlySpan<byte> encoded, out int count)
    {
        var error = TryReadHeader(encoded, out var header);
        count = header.Count;
        return error;
    }

    /// <summary>
    /// Appends those users of a set that are in <paramref name="local"/> to <paramref name="matches"/>, ascending. The whole set is
    /// validated on the way; on an error the appended numbers are removed again.
    /// </summary>
    public static RecipientSetError TryIntersect(ReadOnlySpan<byte> encoded, UserNumberSet local, List<uint> matches)
    {
        var error = TryReadHeader(encoded, out var header);
        if (error != RecipientSetError.None)
        {
            return error;
        }

        var before = matches.Count;
        var body = encoded[header.Length..];
        error = header.Format == Deltas
            ? IntersectDeltas(body, header.Count, local, matches)
            : IntersectBitmap(body, header.Count, header.Base, local, matches);
        if (error != RecipientSetError.None)
        {
            matches.RemoveRange(before, matches.Count - before);
        }

        return error;
    }

    private static RecipientSetError IntersectDeltas(ReadOnlySpan<byte> body, int count, UserNumberSet local, List<uint> matches)
    {
        uint number = 0;
        var position = 0;

        // Neighbours share a page; looking it up once per page, not per number, makes an ignored recipient cheap.
        var onPage = UserNumberSet.PageOf(0);
        var page = local.Page(0);
        for (var i = 0; i < count; i++)
        {
            uint delta;
            if (position < body.Length && body[position] < 0x80)
            {
                delta = body[position++];
            }
            else if (!Leb128.TryRead(body, ref position, out delta))
            {
                return RecipientSetError.MalformedNumber;
            }

            if (delta == 0 || delta > uint.MaxValue - number)
            {
                return RecipientSetError.NotAscending;
            }

            number += delta;
            if (UserNumberSet.PageOf(number) != onPage)
            {
                onPage = UserNumberSet.PageOf(number);
                page = local.Page(number);
            }

            if (page is not null && UserNumberSet.IsIn(page, number))
            {
                matches.Add(number);
            }
        }

        return position == body.Length ? RecipientSetError.None : RecipientSetError.TrailingBytes;
    }

    private static RecipientSetError IntersectBitmap(ReadOnlySpan<byte> body, int count, uint @base, UserNumberSet local, List<uint> matches)
    {
        if (body.IsEmpty || body[^1] == 0)
        {
            return RecipientSetError.TrailingBytes;
        }

        // The base is that of the first number: one set, one bitmap.
        if (body.Length >= 8 && BinaryPrimitives.ReadUInt64LittleEndian(body) == 0)
        {
            return RecipientSetError.MalformedNumber;
        }

        if (@base + (body.Length * 8L) - BitOperations.LeadingZeroCount((uint)body[^1] << 24) - 1 > uint.MaxValue)
        {
            return RecipientSetError.NotAscending;
        }

        var seen = 0;
        Span<byte> tail = stackalloc byte[8];
        for (var offset = 0; offset < body.Length; offset += 8)
        {
            ulong word;
            if (body.Length - offset >= 8)
            {
                word = BinaryPrimitives.ReadUInt64LittleEndian(body[offset..]);
            }
            else
            {
                tail.Clear();
                body[offset..].CopyTo(tail);
                word = BinaryPrimitives.ReadUInt64LittleEndian(tail);
            }

            seen += BitOperations.PopCount(word);
            var first = @base + ((uint)offset * 8);
            if (first == 0 && (word & 1) != 0)
            {
                return RecipientSetError.NotAscending;
            }

            for (word &= local.Word(first); word != 0; word &= word - 1)
            {
                matches.Add(first + (uint)BitOperations.TrailingZeroCount(word));
            }
        }

        return seen == count ? RecipientSetError.None : RecipientSetError.WrongCount;
    }

    private static RecipientSetError TryReadHeader(ReadOnlySpan<byte> encoded, out Header header)
    {
        header = default;
        if (encoded.IsEmpty)
        {
            return RecipientSetError.Empty;
        }

        var position = 1;
        if (encoded[0] is not (Deltas or Bitmap))
        {
            return RecipientSetError.UnknownFormat;
        }

        if (!Leb128.TryRead(encoded, ref position, out var count))
        {
            return RecipientSetError.MalformedNumber;
        }

        uint @base = 0;
        if (encoded[0] == Bitmap && (!Leb128.TryRead(encoded, ref position, out @base) || @base % 64 != 0))
        {
            return RecipientSetError.MalformedNumber;
        }

        // A delta takes at least one byte and a byte of bitmap holds at most eight, so the bytes bound what a count may claim.
        var most = (encoded.Length - position) * (encoded[0] == Bitmap ? 8L : 1L);
        if (count > Math.Min(most, int.MaxValue))
        {
            return RecipientSetError.WrongCount;
        }

        header = new Header(encoded[0], (int)count, @base, position);
        return RecipientSetError.None;
    }

    private static byte[] EncodeDeltas(ReadOnlySpan<uint> numbers, int length)
    {
        var encoded = new byte[length];
        encoded[0] = Deltas;
        var position = Leb128.Write(encoded, 1, (uint)numbers.Length);
        uint previous = 0;
        foreach (var number in numbers)
        {
            position = Leb128.Write(encoded, position, number - previous);
            previous = number;
        }

        return encoded;
    }

    private static byte[] EncodeBitmap(ReadOnlySpan<uint> numbers, uint @base, int length, int header)
    {
        var encoded = new byte[length];
        encoded[0] = Bitmap;
        Leb128.Write(encoded, 1, (uint)numbers.Length);
        var bits = encoded.AsSpan(Leb128.Write(encoded, header, @base));
        foreach (var number in numbers)
        {
            bits[(int)((number - @base) / 8)] |= (byte)(1 << (int)((number - @base) % 8));
        }

        return encoded;
    }

    private readonly record struct Header(byte Format, int Count, uint Base, int Length);
}
