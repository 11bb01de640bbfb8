using ConnectChat.Records;
using Google.Protobuf;

namespace ConnectChat.Tests.Fuzzing.Targets;

/// <summary>Headers are read or have a problem with a name; a value is an event, or protobuf says that it is none.</summary>
internal sealed class OutgoingRecordTarget : IFuzzTarget
{
    public IEnumerable<byte[]> Samples() => SampleRecords.Outgoing();

    public void Parse(byte[] input)
    {
        var record = RecordBytes.Read(input);
        var readable = OutgoingHeaders.TryRead(record.Headers, out var headers, out var problem);
        Assert.True(readable ? headers.Recipients is not null && headers.Sequence >= 0 : problem.Length > 0);
        OutgoingHeaders.SourceOffset(record.Headers);
        OutgoingRecordCodec.IsMessage(record);
        OutgoingRecordCodec.RecipientCount(record);
        OutgoingRecordCodec.TraceId(record);
        try
        {
            EventKind.Of(OutgoingRecordCodec.Event(record));
        }
        catch (InvalidProtocolBufferException)
        {
            // As it says.
        }
    }
}
