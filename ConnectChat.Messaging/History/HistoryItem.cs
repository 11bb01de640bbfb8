using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts.Records;
using ConnectChat.Contracts.Stored;
using ConnectChat.ServiceDefaults.DynamoDb;
using Google.Protobuf;

namespace ConnectChat.Messaging.History;

/// <summary>An event with the record it came from.</summary>
internal readonly record struct SourcedEvent(OutgoingEvent Event, Source Source);

/// <summary>Events that were written together, in one item of the table, and back.</summary>
internal static class HistoryItem
{
    public const string Sequence = "Sequence";
    public const string SourcePartition = "SourcePartition";
    public const string SourceOffset = "SourceOffset";
    public const string Refusal = "Refusal";
    public const string Epoch = "Epoch";

    private const string Events = "Events";

    /// <summary>The item of consecutive events of one group, all stamped with one version.</summary>
    public static Dictionary<string, AttributeValue> From(IReadOnlyList<SourcedEvent> events)
    {
        var first = events[0].Event;
        var stored = new StoredEvents { MembershipVersion = first.MembershipVersion, SourcePartition = events[0].Source.Partition };
        stored.Events.AddRange(events.Select(sourced => new StoredEvent { Event = Bare(sourced.Event), SourceOffset = sourced.Source.Offset }));
        var item = HistoryKeys.Of(HistoryKeys.Group(first.GroupId), HistoryKeys.Sequence(first.Sequence));
        item[Sequence] = Attributes.Number(first.Sequence);
        item[Events] = Attributes.Binary(stored.ToByteArray());
        return item;
    }

    /// <summary>The events of an item, ascending.</summary>
    /// <exception cref="InvalidDataException">Its bytes are none that this class writes.</exception>
    public static List<SourcedEvent> ToEvents(string groupId, Dictionary<string, AttributeValue> item)
    {
        var sequence = item.Number(Sequence);
        var stored = Parse(item[Events].B);
        var events = new List<SourcedEvent>(stored.Events.Count);
        foreach (var entry in stored.Events)
        {
            var outgoing = entry.Event ?? throw new InvalidDataException($"An entry of the item at sequence {item.Number(Sequence)} holds no event.");
            (outgoing.GroupId, outgoing.Sequence, outgoing.MembershipVersion) = (groupId, sequence++, stored.MembershipVersion);
            events.Add(new SourcedEvent(outgoing, new Source(stored.SourcePartition, entry.SourceOffset)));
        }

        return events;
    }

    /// <summary>What an item of a client id says.</summary>
    public static Judged ToJudged(Dictionary<string, AttributeValue> item) => new(
        item.Number(Sequence),
        new Source((int)item.Number(SourcePartition), item.Number(SourceOffset)),
        item.TryGetValue(Refusal, out var refusal) ? refusal.S : null);

    private static StoredEvents Parse(Stream bytes)
    {
        try
        {
            return StoredEvents.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw new InvalidDataException("An item of history holds no events.", malformed);
        }
    }

    // What the item says for all is not repeated in each.
    private static OutgoingEvent Bare(OutgoingEvent outgoing)
    {
        var bare = outgoing.Clone();
        (bare.GroupId, bare.Sequence, bare.MembershipVersion) = ("", 0, 0);
        return bare;
    }
}
