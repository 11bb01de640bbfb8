namespace ConnectChat.Checker.Histories;

/// <summary>A device begins to send, or sends again under the same client message id.</summary>
internal sealed record SendBegun(long At, string User, string Device, string Group, string ClientId, string Body) : Observation(At);

/// <summary>A gateway accepted it.</summary>
internal sealed record SendAccepted(long At, string User, string Device, string Group, string ClientId) : Observation(At);

/// <summary>A gateway refused it with a code after which nobody tries again.</summary>
internal sealed record SendRefused(long At, string User, string Device, string Group, string ClientId, string Code) : Observation(At);

/// <summary>The device gave up: it may have been accepted.</summary>
internal sealed record SendUnanswered(long At, string User, string Device, string Group, string ClientId) : Observation(At);

/// <summary>An accepted send was told as rejected to a device of its sender.</summary>
internal sealed record Rejected(long At, string User, string Device, string Group, string ClientId, string Code) : Observation(At);

/// <summary>What the service said when it was asked what became of a send.</summary>
internal sealed record OutcomeTold(long At, string User, string Group, string ClientId, string Outcome, long? Sequence, string? Code) : Observation(At);
