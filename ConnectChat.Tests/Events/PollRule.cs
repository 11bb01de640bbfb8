using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using ConnectChat.Messaging.Events;
using Google.Protobuf.WellKnownTypes;

namespace ConnectChat.Tests.Events;

/// <summary>A kind that only tests have, as Messaging sees it: a poll, whose question is a text of a known protobuf type.</summary>
internal sealed class PollRule() : EventRule(Poll.Kind, isDurable: true)
{
    public override string? Validate(IncomingEvent incoming) => incoming.Extension.Unpack<StringValue>().Value.Length > 0 ? null : ErrorCodes.BodyEmpty;

    public override void Compose(IncomingEvent incoming, OutgoingEvent outgoing) => outgoing.Extension = incoming.Extension;
}

/// <summary>The same for a kind that is not kept: somebody waves.</summary>
internal sealed class WaveRule() : EventRule(Wave.Kind, isDurable: false)
{
    public override string? Validate(IncomingEvent incoming) => null;

    public override void Compose(IncomingEvent incoming, OutgoingEvent outgoing) => outgoing.Extension = incoming.Extension;
}
