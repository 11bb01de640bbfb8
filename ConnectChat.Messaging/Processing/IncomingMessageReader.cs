using System.Text;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using Google.Protobuf;

namespace ConnectChat.Messaging.Processing;

/// <summary>Reads the value of an incoming record and trusts nothing about it, not even that a gateway wrote it.</summary>
internal static class IncomingMessageReader
{
    /// <summary>Null and the message, or the reason why it can never be processed.</summary>
    public static string? Read(IncomingRecord record, out IncomingMessage message)
    {
        try
        {
            message = IncomingMessage.Parser.ParseFrom(record.Result.Message.Value ?? []);
        }
        catch (InvalidProtocolBufferException)
        {
            message = new IncomingMessage();
            return ErrorCodes.MalformedRecord;
        }

        if (!Identifier.IsValid(message.GroupId) || !Identifier.IsValid(message.SenderId) || !Identifier.IsValid(message.ClientMessageId))
        {
            return ErrorCodes.MalformedIdentifier;
        }

        // Under another key the record is on another partition, and its group has two owners.
        if (record.Result.Message.Key != message.GroupId)
        {
            return ErrorCodes.MalformedRecord;
        }

        return message.Body.Length == 0 ? ErrorCodes.BodyEmpty
            : Encoding.UTF8.GetByteCount(message.Body) > Limits.BodyBytes ? ErrorCodes.BodyTooLarge
            : null;
    }
}
