using System.Text;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using ConnectChat.Records;

namespace ConnectChat.Messaging.Events;

/// <summary>A message: its text, 1 byte to <see cref="Limits.BodyBytes"/> bytes of UTF-8.</summary>
internal sealed class MessageRule() : EventRule(EventKind.Message, isDurable: true)
{
    /// <inheritdoc/>
    public override string? Validate(IncomingEvent incoming) => incoming.Body.Length == 0 ? ErrorCodes.BodyEmpty
        : Encoding.UTF8.GetByteCount(incoming.Body) > Limits.BodyBytes ? ErrorCodes.BodyTooLarge
        : null;

    /// <inheritdoc/>
    public override void Compose(IncomingEvent incoming, OutgoingEvent outgoing) => outgoing.Body = incoming.Body;
}
