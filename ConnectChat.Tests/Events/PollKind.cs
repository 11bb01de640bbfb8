using ConnectChat.Contracts.Records;
using ConnectChat.Gateway.Deliveries.Kinds;
using ConnectChat.Gateway.SendQueues;
using Google.Protobuf.WellKnownTypes;

namespace ConnectChat.Tests.Events;

/// <summary>The poll as a gateway sees it.</summary>
internal sealed class PollKind() : DurableKind(Poll.Kind)
{
    public override OutboundMessage Present(OutgoingEvent outgoing, long previousSequence) =>
        new(Poll.Opened, outgoing.GroupId, outgoing.Sequence, previousSequence, outgoing.Extension.Unpack<StringValue>().Value);
}

/// <summary>The wave as a gateway sees it.</summary>
internal sealed class WaveKind() : EphemeralKind(Wave.Kind)
{
    public override OutboundMessage Read(byte[] value) => new(Wave.Waved, OutgoingEvent.Parser.ParseFrom(value).SenderId);
}

internal static class Poll
{
    public const string Kind = "google.protobuf.StringValue";
    public const string Opened = "PollOpened";

    public static Any Asking(string question) => Any.Pack(new StringValue { Value = question });
}

internal static class Wave
{
    public const string Kind = "google.protobuf.BoolValue";
    public const string Waved = "Waved";

    public static Any Now => Any.Pack(new BoolValue { Value = true });
}
