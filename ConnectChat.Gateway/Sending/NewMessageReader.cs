using System.Text.Json;
using ConnectChat.Contracts;
using ConnectChat.Gateway.Errors;

namespace ConnectChat.Gateway.Sending;

/// <summary>Reads a posted message, as strict about text as the hub.</summary>
internal static class NewMessageReader
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new StrictJsonText() } };

    /// <summary>The message, not validated yet; refused when it cannot be read, or is larger than the route allows.</summary>
    public static async Task<Outcome<NewMessage>> ReadAsync(HttpRequest request, MessageSender sender, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<NewMessage>(request.Body, Json, cancellationToken) is { } message
                ? message
                : sender.Refuse(ErrorCodes.MalformedRequest, "A message is needed: {\"clientMessageId\": …, \"body\": …}.");
        }
        catch (InvalidTextException invalid)
        {
            return sender.Refuse(ErrorCodes.InvalidText, invalid.Message);
        }
        catch (JsonException)
        {
            return sender.Refuse(ErrorCodes.MalformedRequest, "The request is no JSON of the form {\"clientMessageId\": …, \"body\": …}.");
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return sender.Refuse(ErrorCodes.BodyTooLarge, "The request is too large.");
        }
        catch (IOException)
        {
            // The caller went away in the middle, or sends too slowly.
            return sender.Refuse(ErrorCodes.MalformedRequest, "The request did not arrive as a whole.");
        }
    }
}
