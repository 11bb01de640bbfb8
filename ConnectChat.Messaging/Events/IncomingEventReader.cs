using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using ConnectChat.Records;

namespace ConnectChat.Messaging.Events;

/// <summary>Reads the value of an incoming record and trusts nothing about it, not even that a gateway wrote it.</summary>
internal sealed class IncomingEventReader(EventRules rules)
{
    /// <summary>Null, the event and its rule; or the reason why it can never be processed.</summary>
    public string? Read(Message<string, byte[]> record, out IncomingEvent incoming, out EventRule rule)
    {
        (incoming, rule) = (new IncomingEvent(), null!);
        if (IncomingRecordCodec.Event(record) is not { } read)
        {
            return ErrorCodes.MalformedRecord;
        }

        incoming = read;
        if (!Identifier.IsValid(incoming.GroupId) || !Identifier.IsValid(incoming.SenderId) || !Identifier.IsValid(incoming.ClientMessageId))
        {
            return ErrorCodes.MalformedIdentifier;
        }

        // Under another key the record is on another partition, and its group has two owners.
        if (record.Key != incoming.GroupId)
        {
            return ErrorCodes.MalformedRecord;
        }

        // No content at all is what a message without a text looks like: protobuf does not write an empty one.
        if (incoming.EventCase == IncomingEvent.EventOneofCase.None)
        {
            return ErrorCodes.BodyEmpty;
        }

        if (rules.Find(incoming) is not { } known)
        {
            return ErrorCodes.UnknownKind;
        }

        rule = known;
        return rule.Validate(incoming);
    }
}
