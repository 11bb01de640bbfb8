using System.Text;
using ConnectChat.Contracts;

namespace ConnectChat.Gateway.Sending;

/// <summary>Refuses a message that is malformed or too large before anything is done for it.</summary>
internal static class MessageValidator
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Null for a message that may be sent, otherwise a code of <see cref="ErrorCodes"/>.</summary>
    public static string? Validate(string? groupId, string? clientMessageId, string? body)
    {
        if (!Identifier.IsValid(groupId) || !Identifier.IsValid(clientMessageId))
        {
            return ErrorCodes.MalformedIdentifier;
        }

        if (string.IsNullOrEmpty(body))
        {
            return ErrorCodes.BodyEmpty;
        }

        // A UTF-16 unit is at least one byte: what is longer need not be counted.
        if (body.Length > Limits.BodyBytes)
        {
            return ErrorCodes.BodyTooLarge;
        }

        try
        {
            return Utf8.GetByteCount(body) > Limits.BodyBytes ? ErrorCodes.BodyTooLarge : null;
        }
        catch (EncoderFallbackException)
        {
            return ErrorCodes.InvalidText;
        }
    }

    /// <summary>The code in words.</summary>
    public static string Explain(string code) => code switch
    {
        ErrorCodes.MalformedIdentifier =>
            $"Group and client message ids have 1 to {Limits.IdentifierLength} letters, digits and . _ : @ -, starting with a letter or digit.",
        ErrorCodes.BodyEmpty => "The body is empty.",
        ErrorCodes.BodyTooLarge => $"The body has more than {Limits.BodyBytes} bytes of UTF-8.",
        _ => "Text must be valid Unicode.",
    };
}
