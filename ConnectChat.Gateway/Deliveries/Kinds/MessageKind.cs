using ConnectChat.Contracts.Hub;
using ConnectChat.Contracts.Records;
using ConnectChat.Gateway.SendQueues;
using ConnectChat.Records;

namespace ConnectChat.Gateway.Deliveries.Kinds;

/// <summary>A message: <c>MessageReceived</c>.</summary>
internal sealed class MessageKind() : DurableKind(EventKind.Message)
{
    /// <inheritdoc/>
    public override OutboundMessage Present(OutgoingEvent outgoing, long previousSequence) =>
        new(HubContract.MessageReceived, ChatMessages.From(outgoing, previousSequence));
}
