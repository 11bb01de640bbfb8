using ConnectChat.Contracts;
using ConnectChat.Contracts.Recipients;
using ConnectChat.Contracts.Records;
using ConnectChat.Messaging.Events;
using ConnectChat.Records;

namespace ConnectChat.Tests.Fuzzing.Targets;

/// <summary>A code of why it can never be processed, or an event whose outgoing record every gateway reads.</summary>
internal sealed class IncomingRecordTarget : IFuzzTarget
{
    private readonly IncomingEventReader _reader = new(new EventRules([new MessageRule()]));

    public IEnumerable<byte[]> Samples() => SampleRecords.Incoming();

    public void Parse(byte[] input)
    {
        var record = RecordBytes.Read(input);
        TraceHeaders.Extract(record.Headers);
        if (_reader.Read(record, out var incoming, out var rule) is { } reason)
        {
            Assert.NotNull(ErrorCatalogue.Find(reason));
            return;
        }

        var outgoing = new OutgoingEvent { GroupId = incoming.GroupId, Sequence = 1, ClientMessageId = incoming.ClientMessageId };
        rule.Compose(incoming, outgoing);
        var published = OutgoingRecordCodec.Durable(outgoing, RecipientSet.Encode([1]), 1);
        Assert.True(OutgoingHeaders.TryRead(published.Headers, out _, out _));
        Assert.Equal(outgoing, OutgoingRecordCodec.Event(published));
    }
}
