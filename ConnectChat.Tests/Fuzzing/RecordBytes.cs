using System.Buffers.Binary;
using System.Text;
using Confluent.Kafka;
using ConnectChat.Contracts;

namespace ConnectChat.Tests.Fuzzing;

/// <summary>
/// A record of Kafka as bytes, and any bytes as a record, for whoever may write to a topic chooses all of it: time, key, value, and headers,
/// which may repeat. Keys, values and those of headers may be null, which is not empty.
/// </summary>
internal static class RecordBytes
{
    private const ushort Null = ushort.MaxValue;

    private static readonly string[] Names =
    [
        RecordHeaders.TraceParent, RecordHeaders.TraceState, RecordHeaders.Recipients, RecordHeaders.RecipientCount, RecordHeaders.MessageId,
        RecordHeaders.MembershipVersion, RecordHeaders.Sequence, RecordHeaders.Kind, RecordHeaders.SourceOffset, "other",
    ];

    public static byte[] Write(Message<string, byte[]> record)
    {
        var bytes = new List<byte>(BitConverter.GetBytes(record.Timestamp.UnixTimestampMs));
        Add(bytes, record.Key is null ? null : Encoding.UTF8.GetBytes(record.Key));
        Add(bytes, record.Value);
        foreach (var header in record.Headers)
        {
            bytes.Add((byte)Array.IndexOf(Names, header.Key));
            Add(bytes, header.GetValueBytes());
        }

        return [.. bytes];
    }

    public static Message<string, byte[]> Read(ReadOnlySpan<byte> bytes)
    {
        Span<byte> time = stackalloc byte[8];
        Take(ref bytes, time.Length).CopyTo(time);
        var key = Field(ref bytes);
        var record = new Message<string, byte[]>
        {
            Timestamp = new Timestamp(BinaryPrimitives.ReadInt64LittleEndian(time), TimestampType.CreateTime),
            Key = key is null ? null! : Encoding.UTF8.GetString(key),
            Value = Field(ref bytes)!,
            Headers = [],
        };
        while (bytes.Length > 0)
        {
            var name = Names[Take(ref bytes, 1)[0] % Names.Length];
            record.Headers.Add(name, Field(ref bytes));
        }

        return record;
    }

    private static void Add(List<byte> bytes, byte[]? field)
    {
        bytes.AddRange(BitConverter.GetBytes((ushort)(field?.Length ?? Null)));
        bytes.AddRange(field ?? []);
    }

    private static byte[]? Field(ref ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[2];
        Take(ref bytes, length.Length).CopyTo(length);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(length);
        return size == Null ? null : Take(ref bytes, size).ToArray();
    }

    // As many as there are.
    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes, int count)
    {
        var taken = bytes[..Math.Min(count, bytes.Length)];
        bytes = bytes[taken.Length..];
        return taken;
    }
}
