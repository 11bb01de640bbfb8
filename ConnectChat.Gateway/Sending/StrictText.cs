using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using MessagePack;
using MessagePack.Formatters;

namespace ConnectChat.Gateway.Sending;

/// <summary>Text that is no Unicode: invalid UTF-8 or an unpaired surrogate.</summary>
internal sealed class InvalidTextException() : Exception("Text must be valid Unicode.");

/// <summary>Tells invalid text from a wrong type, which System.Text.Json reports alike.</summary>
internal sealed class StrictJsonText : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException();
        }

        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            throw new InvalidTextException();
        }
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}

/// <summary>Refuses what MessagePack's own formatter would silently replace with U+FFFD.</summary>
internal sealed class StrictMessagePackText : IMessagePackFormatter<string?>
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public string? Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options)
    {
        if (reader.ReadStringSequence() is not { } bytes)
        {
            return null;
        }

        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidTextException();
        }
    }

    public void Serialize(ref MessagePackWriter writer, string? value, MessagePackSerializerOptions options) => writer.Write(value);
}
