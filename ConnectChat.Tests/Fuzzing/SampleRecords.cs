using System.Text;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Recipients;
using ConnectChat.Contracts.Records;
using ConnectChat.Records;
using Google.Protobuf.WellKnownTypes;
using Timestamp = Confluent.Kafka.Timestamp;

namespace ConnectChat.Tests.Fuzzing;

/// <summary>Records as the services write them.</summary>
internal static class SampleRecords
{
    public const string Group = "group-1";

    private static readonly byte[] ToTwo = RecipientSet.Encode([1, 2]);

    public static OutgoingEvent Event(long sequence = 7) => new()
    {
        GroupId = Group,
        Sequence = sequence,
        MessageId = "0192f0c1-2345-7000-8000-0123456789ab",
        SenderId = "ann",
        ClientMessageId = $"c{sequence}",
        Body = "Grüße \U0001F44B",
        SentAtUnixMs = 1_700_000_000_000,
        MembershipVersion = 3,
    };

    /// <summary>One of each kind on the outgoing topic.</summary>
    public static IEnumerable<byte[]> Outgoing() => new[]
    {
        OutgoingRecordCodec.Durable(Event(), ToTwo, 2),
        OutgoingRecordCodec.Durable(Event(8), RecipientSet.Encode([.. Enumerable.Range(1, 200).Select(number => (uint)number)]), 200),
        OutgoingRecordCodec.Durable(new OutgoingEvent(Event(9)) { Extension = Any.Pack(new Missed { GroupId = Group }) }, ToTwo, 2),
        OutgoingRecordCodec.Ephemeral(Group, EventKind.Missed, new Missed { GroupId = Group }, ToTwo, 2),
        OutgoingRecordCodec.Ephemeral(
            Group,
            EventKind.Rejection,
            new Rejection { GroupId = Group, ClientMessageId = "c1", Code = ErrorCodes.NotAMember },
            RecipientSet.Encode([1]),
            recipientCount: 1),
    }.Select(Traced);

    /// <summary>On the incoming topic: a message, and an event of a kind that nobody knows.</summary>
    public static IEnumerable<byte[]> Incoming()
    {
        var message = new IncomingEvent
        {
            GroupId = Group,
            SenderId = "ann",
            SenderNumber = 1,
            ClientMessageId = "c1",
            Body = "Grüße \U0001F44B",
            AcceptedAtUnixMs = 1_700_000_000_000,
        };
        yield return Traced(IncomingRecordCodec.Of(message, activity: null));
        yield return Traced(IncomingRecordCodec.Of(new IncomingEvent(message) { Extension = Any.Pack(new Missed()) }, activity: null));
    }

    private static byte[] Traced(Message<string, byte[]> record)
    {
        record.Timestamp = new Timestamp(1_700_000_000_000, TimestampType.CreateTime);
        record.Headers.Add(RecordHeaders.TraceParent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"u8.ToArray());
        record.Headers.Add(RecordHeaders.TraceState, Encoding.ASCII.GetBytes("congo=t61rcWkgMzE"));
        record.Headers.Add(RecordHeaders.SourceOffset, OutgoingRecordCodec.Number(41));
        return RecordBytes.Write(record);
    }
}
