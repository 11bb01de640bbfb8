using ConnectChat.Contracts.Hub;
using ConnectChat.Contracts.Records;

namespace ConnectChat.Gateway.Deliveries;

/// <summary>From what services store to what clients see.</summary>
internal static class ChatMessages
{
    /// <summary>A message whose predecessor for its reader is <paramref name="previousSequence"/>.</summary>
    public static ChatMessage From(OutgoingEvent message, long previousSequence) => new()
    {
        GroupId = message.GroupId,
        Sequence = message.Sequence,
        PreviousSequence = previousSequence,
        MessageId = message.MessageId,
        SenderId = message.SenderId,
        ClientMessageId = message.ClientMessageId,
        Body = message.Body,
        SentAt = message.SentAtUnixMs,
        MembershipVersion = message.MembershipVersion,
    };
}
