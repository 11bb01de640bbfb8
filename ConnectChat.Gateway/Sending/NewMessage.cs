namespace ConnectChat.Gateway.Sending;

/// <summary>A message to send.</summary>
/// <param name="ClientMessageId">
/// Chosen by the caller, 1 to 64 characters: a retry with the same id is the same message. Absent: the gateway chooses one and answers it,
/// and a retry without it is a second message.
/// </param>
/// <param name="Body">The text, 1 to 65,536 bytes of UTF-8.</param>
public sealed record NewMessage(string? ClientMessageId, string? Body);
