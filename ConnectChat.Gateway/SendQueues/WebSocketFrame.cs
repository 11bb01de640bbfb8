using System.Buffers.Binary;
using System.Text;
using ConnectChat.Contracts;

namespace ConnectChat.Gateway.SendQueues;

/// <summary>The few bits of RFC 6455, section 5.2, that the direct path needs.</summary>
internal static class WebSocketFrame
{
    public const byte Final = 0x80;
    public const byte Text = 0x1;
    public const byte Binary = 0x2;
    public const byte Close = 0x8;

    /// <summary>Ping, pong and close: they may stand between the fragments of a message.</summary>
    public static bool IsControl(byte first) => (first & 0x8) != 0;

    /// <summary>A close frame.</summary>
    public static bool IsClose(byte first) => (first & 0xf) == Close;

    /// <summary>Whether a data frame ends its message.</summary>
    public static bool IsFinal(byte first) => (first & Final) != 0;

    /// <summary>A whole close frame.</summary>
    public static byte[] ForClose(CloseCode code)
    {
        var frame = new byte[4 + Encoding.ASCII.GetByteCount(code.Name)];
        frame[0] = Final | Close;
        frame[1] = (byte)(frame.Length - 2);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), code.Code);
        Encoding.ASCII.GetBytes(code.Name, frame.AsSpan(4));
        return frame;
    }
}
