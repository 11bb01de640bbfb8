namespace ConnectChat.Checker.Histories;

/// <summary>What a message is, wherever it is seen.</summary>
/// <param name="Sequence">Its place in the group.</param>
/// <param name="Id">The message id.</param>
/// <param name="Sender">Who sent it.</param>
/// <param name="ClientId">The client message id.</param>
/// <param name="Version">The version of the membership that it is stamped with.</param>
/// <param name="Body">A digest of its text.</param>
internal sealed record MessageFacts(long Sequence, string Id, string Sender, string ClientId, long Version, string Body);

/// <summary>A device has a connection, its n-th.</summary>
internal sealed record Connected(long At, string User, string Device, int Connection, string Gateway) : Observation(At);

/// <summary>A device has lost or left its connection.</summary>
/// <param name="At">When the device noticed.</param>
/// <param name="User">Whose device.</param>
/// <param name="Device">Which.</param>
/// <param name="Connection">Which of its connections.</param>
/// <param name="OfItsOwn">The checker told it to leave; nobody has to count the time that it is away.</param>
internal sealed record Disconnected(long At, string User, string Device, int Connection, bool OfItsOwn) : Observation(At);

/// <summary>A resume of a group was answered; what it replayed came before.</summary>
internal sealed record Resumed(long At, string User, string Device, int Connection, string Group, bool Complete) : Observation(At);

/// <summary>A device shows a message to its user.</summary>
internal sealed record Shown(long At, string User, string Device, int Connection, string Group, MessageFacts Message) : Observation(At);

/// <summary>A device tells its user that something is missing after a sequence.</summary>
internal sealed record GapTold(long At, string User, string Device, string Group, long After, string Code) : Observation(At);

/// <summary>
/// A message came live ahead of one that is missing, on a connection where the device was up to date and nothing had been told as missed. The
/// device asks for it; yet the gateway passed over it in silence.
/// </summary>
internal sealed record GapSeen(long At, string User, string Device, int Connection, string Group, long After, long Before) : Observation(At);

/// <summary>A user read history from a sequence on to its end, page by page.</summary>
/// <param name="At">When the last page came.</param>
/// <param name="BegunAt">When the first page was asked for.</param>
/// <param name="User">Who read.</param>
/// <param name="Group">Which group.</param>
/// <param name="After">From which sequence on.</param>
/// <param name="Messages">What there was.</param>
internal sealed record HistoryRead(long At, long BegunAt, string User, string Group, long After, IReadOnlyList<MessageFacts> Messages) : Observation(At);

/// <summary>A read of history was refused.</summary>
internal sealed record HistoryRefused(long At, long BegunAt, string User, string Group, string Code) : Observation(At);

/// <summary>A record of the outgoing topic.</summary>
/// <param name="At">When the checker's own consumer read it.</param>
/// <param name="Partition">Where.</param>
/// <param name="Offset">Where in the partition.</param>
/// <param name="Group">Its key.</param>
/// <param name="Kind">The kind of event; null for a message.</param>
/// <param name="Message">What it says; null for another kind.</param>
/// <param name="Recipients">Numbers of all recipients.</param>
/// <param name="Trace">The trace that it belongs to.</param>
internal sealed record TopicRecord(
    long At, int Partition, long Offset, string Group, string? Kind, MessageFacts? Message, IReadOnlyList<uint> Recipients, string? Trace) : Observation(At);
