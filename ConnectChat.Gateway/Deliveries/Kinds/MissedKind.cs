using ConnectChat.Contracts.Hub;
using ConnectChat.Contracts.Records;
using ConnectChat.Gateway.SendQueues;
using ConnectChat.Records;

namespace ConnectChat.Gateway.Deliveries.Kinds;

/// <summary>An event that is in history and was too large for a record: <c>MessagesMissed</c>, to its recipients.</summary>
internal sealed class MissedKind() : EphemeralKind(EventKind.Missed)
{
    /// <inheritdoc/>
    public override OutboundMessage Read(byte[] value) => new(HubContract.MessagesMissed, Missed.Parser.ParseFrom(value).GroupId);
}
