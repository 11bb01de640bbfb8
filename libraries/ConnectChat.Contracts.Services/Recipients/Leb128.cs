using System.Numerics;

namespace ConnectChat.Contracts.Recipients;

/// <summary>Unsigned LEB128 of 32-bit numbers (DWARF 5, section 7.6), shortest form only.</summary>
internal static class Leb128
{
    public static int Length(uint value) => (BitOperations.Log2(value | 1) / 7) + 1;

    /// <summary>Returns the position after the number.</summary>
    public static int Write(Span<byte> target, int position, uint value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            target[position++] = (byte)(value | 0x80);
        }

        target[position++] = (byte)value;
        return position;
    }

    public static bool TryRead(ReadOnlySpan<byte> source, ref int position, out uint value)
    {
        value = 0;
        for (var shift = 0; shift < 35 && position < source.Length; shift += 7)
        {
            var next = source[position++];
            if (shift == 28 && next > 0x0f)
            {
                return false;
            }

            value |= (uint)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                // A final zero byte is padding: the same number has a shorter form.
                return next != 0 || shift == 0;
            }
        }

        return false;
    }
}
