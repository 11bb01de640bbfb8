using Amazon.DynamoDBv2.Model;
using ConnectChat.Messaging.History;

namespace ConnectChat.Tests.Fuzzing.Targets;

/// <summary>Events that are the same when they are written again, or <see cref="InvalidDataException"/>.</summary>
internal sealed class HistoryItemTarget : IFuzzTarget
{
    private static readonly SourcedEvent[] Three =
        [.. Enumerable.Range(7, 3).Select(number => new SourcedEvent(SampleRecords.Event(number), new Source(2, 40 + number)))];

    public IEnumerable<byte[]> Samples() => [Bytes(HistoryItem.From(Three[..1])), Bytes(HistoryItem.From(Three))];

    public void Parse(byte[] input)
    {
        List<SourcedEvent> events;
        try
        {
            events = Read(input);
        }
        catch (InvalidDataException)
        {
            return;
        }

        Assert.Equal(Enumerable.Range(0, events.Count).Select(i => 7L + i), events.Select(each => each.Event.Sequence));
        if (events.Count > 0)
        {
            Assert.Equal(events, Read(Bytes(HistoryItem.From(events))));
        }
    }

    private static List<SourcedEvent> Read(byte[] bytes)
    {
        var item = HistoryItem.From(Three[..1]);
        item.Values.Single(value => value.B is not null).B = new MemoryStream(bytes);
        return HistoryItem.ToEvents(SampleRecords.Group, item);
    }

    private static byte[] Bytes(Dictionary<string, AttributeValue> item) => item.Values.Single(value => value.B is not null).B.ToArray();
}
