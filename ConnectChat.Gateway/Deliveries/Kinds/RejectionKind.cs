using ConnectChat.Contracts.Hub;
using ConnectChat.Contracts.Records;
using ConnectChat.Gateway.SendQueues;
using ConnectChat.Records;

namespace ConnectChat.Gateway.Deliveries.Kinds;

/// <summary>An accepted send that was refused afterwards: <c>MessageRejected</c>, to its sender alone.</summary>
internal sealed class RejectionKind() : EphemeralKind(EventKind.Rejection)
{
    /// <inheritdoc/>
    public override OutboundMessage Read(byte[] value)
    {
        var rejection = Rejection.Parser.ParseFrom(value);
        return new OutboundMessage(HubContract.MessageRejected, new MessageRejection
        {
            GroupId = rejection.GroupId,
            ClientMessageId = rejection.ClientMessageId,
            Code = rejection.Code,
        });
    }
}
