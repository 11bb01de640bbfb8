using ConnectChat.Contracts;

namespace ConnectChat.Gateway.Errors;

/// <summary>A <see cref="Refusal"/> as an exception, for calls that are not on the way of a message.</summary>
internal sealed class RequestException(Refusal refusal) : Exception(refusal.ToString())
{
    /// <summary>Refuses with a code of <see cref="ErrorCodes"/>.</summary>
    public RequestException(string code, string detail)
        : this(new Refusal(code, detail))
    {
    }

    /// <summary>Why.</summary>
    public Refusal Refusal { get; } = refusal;
}
