using System.Buffers.Binary;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace ConnectChat.Gateway.SendQueues;

/// <summary>
/// One call of a client method, serialized at most once per protocol however many connections get it. Server-to-client WebSocket
/// frames are not masked (RFC 6455, section 5.1), so that the bytes of a frame are the same for everyone.
/// </summary>
/// <remarks>Built and queued by one thread.</remarks>
internal sealed class OutboundMessage(string target, params object?[] arguments)
{
    private readonly InvocationMessage _invocation = new(target, arguments);

    // SignalR has two protocols; a list of pairs beats a dictionary.
    private readonly List<(string Protocol, byte[] Frame)> _frames = new(2);

    /// <summary>For SignalR's own pipeline; it caches the bytes per protocol itself.</summary>
    public SerializedHubMessage ForHub => field ??= new SerializedHubMessage(_invocation);

    /// <summary>The SignalR message in one WebSocket frame.</summary>
    public byte[] FrameFor(IHubProtocol protocol)
    {
        foreach (var (name, known) in _frames)
        {
            if (name == protocol.Name)
            {
                return known;
            }
        }

        var frame = Frame(
            protocol.TransferFormat == TransferFormat.Text ? WebSocketFrame.Text : WebSocketFrame.Binary, protocol.GetMessageBytes(_invocation).Span);
        _frames.Add((protocol.Name, frame));
        return frame;
    }

    private static byte[] Frame(byte opcode, ReadOnlySpan<byte> payload)
    {
        var header = payload.Length < 126 ? 2 : payload.Length <= ushort.MaxValue ? 4 : 10;
        var frame = new byte[header + payload.Length];
        frame[0] = (byte)(WebSocketFrame.Final | opcode);
        switch (header)
        {
            case 2:
                frame[1] = (byte)payload.Length;
                break;
            case 4:
                frame[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
                break;
            default:
                frame[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), (ulong)payload.Length);
                break;
        }

        payload.CopyTo(frame.AsSpan(header));
        return frame;
    }
}
