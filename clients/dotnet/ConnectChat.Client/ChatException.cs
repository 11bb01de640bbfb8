using ConnectChat.Contracts;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Client;

/// <summary>A refusal that trying again does not change.</summary>
public sealed class ChatException : Exception
{
    private const string HubPrefix = "HubException: ";

    /// <summary>Creates one.</summary>
    /// <param name="code">A code of <see cref="ErrorCodes"/>.</param>
    /// <param name="message">For a person.</param>
    /// <param name="innerException">What it was made from.</param>
    public ChatException(string code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>The code to decide by: one of <see cref="ErrorCodes"/>.</summary>
    public string Code { get; }

    /// <summary>True for codes after which the same call may succeed later.</summary>
    internal static bool IsTransient(string code) => ErrorCatalogue.Find(code)?.IsTransient == true;

    /// <summary>
    /// The code in a hub error. The server writes <c>code: text</c>; SignalR puts a sentence and the exception's name before it. An
    /// error without a code is a fault of the service.
    /// </summary>
    internal static string CodeOf(HubException exception)
    {
        var start = exception.Message.IndexOf(HubPrefix, StringComparison.Ordinal);
        var text = start < 0 ? exception.Message : exception.Message[(start + HubPrefix.Length)..];
        var code = text.Split(':', 2)[0].Trim();
        return code.Length > 0 && code.All(letter => letter is (>= 'a' and <= 'z') or '_') ? code : ErrorCodes.Internal;
    }

    internal static ChatException From(HubException exception) => new(CodeOf(exception), exception.Message, exception);
}
