using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;

namespace ConnectChat.Client;

/// <summary>Messages that this client missed and cannot get: told once, instead of being passed over in silence.</summary>
/// <param name="GroupId">The group.</param>
/// <param name="AfterSequence">Everything up to this sequence was delivered; what is missing starts above it.</param>
/// <param name="Code">Why: a code of <see cref="ErrorCodes"/>, <see cref="NotReplayed"/>, or <see cref="ResumeCodes.PositionBeyondNewest"/>.</param>
public sealed record GapReport(string GroupId, long AfterSequence, string Code)
{
    /// <summary>The server says that it replayed everything, yet a message that was announced never came.</summary>
    public const string NotReplayed = "not_replayed";
}
