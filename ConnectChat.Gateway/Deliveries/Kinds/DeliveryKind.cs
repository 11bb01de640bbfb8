using System.Text;
using ConnectChat.Contracts.Records;
using ConnectChat.Gateway.SendQueues;

namespace ConnectChat.Gateway.Deliveries.Kinds;

/// <summary>
/// A kind of event as clients see it. The fan-out, replay and the send queues know no kind: a new one is a class of its own and a
/// registration (<c>docs/events.md</c>).
/// </summary>
/// <param name="name">The header <c>kind</c> of its records.</param>
internal abstract class DeliveryKind(string name)
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(name);

    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <summary>Whether a record's header names this kind.</summary>
    public bool Is(ReadOnlySpan<byte> header) => header.SequenceEqual(_name);
}

/// <summary>A kind whose events have a sequence: they are in history, are replayed, and each reaches a device once.</summary>
/// <inheritdoc cref="DeliveryKind"/>
internal abstract class DurableKind(string name) : DeliveryKind(name)
{
    /// <summary>The call of a client method that tells of an event, live and replayed alike.</summary>
    /// <param name="outgoing">The event.</param>
    /// <param name="previousSequence">What comes before it for its reader.</param>
    public abstract OutboundMessage Present(OutgoingEvent outgoing, long previousSequence);
}

/// <summary>A kind whose events have no sequence: they are told to who is connected, and then forgotten.</summary>
/// <inheritdoc cref="DeliveryKind"/>
internal abstract class EphemeralKind(string name) : DeliveryKind(name)
{
    /// <summary>The call of a client method that tells of an event.</summary>
    /// <exception cref="Google.Protobuf.InvalidProtocolBufferException">The value is not of this kind.</exception>
    public abstract OutboundMessage Read(byte[] value);
}
