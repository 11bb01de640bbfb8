using ConnectChat.Contracts.Hub;

namespace ConnectChat.Client.Connecting;

/// <summary>What the application is told of. Each raises the event of <see cref="ChatClient"/> with the same argument.</summary>
internal sealed record ClientEvents(
    Action<ConnectionReport> ConnectionChanged,
    Action<ResumeReport> GroupResumed,
    Action<GapReport> GapReported,
    Action<MessageRejection> MessageRejected);
