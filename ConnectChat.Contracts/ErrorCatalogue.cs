namespace ConnectChat.Contracts;

/// <summary>What a client does about an error.</summary>
public enum Remedy
{
    /// <summary>Nothing: the same call fails again.</summary>
    None,

    /// <summary>Get a new token, then repeat the call.</summary>
    NewToken,

    /// <summary>Make several smaller calls of it.</summary>
    SplitCall,

    /// <summary>Repeat the same call after a pause.</summary>
    Retry,
}

/// <summary>What an error code means to a client.</summary>
/// <param name="Code">One of <see cref="ErrorCodes"/>.</param>
/// <param name="HttpStatus">The status of a REST answer with this code; null for a code that no call is answered with.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record ErrorEntry(string Code, int? HttpStatus, Remedy Remedy)
{
    /// <summary>True when the same call may succeed later.</summary>
    public bool IsTransient => Remedy == Remedy.Retry;
}

/// <summary>
/// Every code of <see cref="ErrorCodes"/> with its HTTP status and its remedy. The services answer by it and clients decide by it; a test
/// holds the table in <c>docs/protocol.md</c> to it.
/// </summary>
public static class ErrorCatalogue
{
    private static readonly Dictionary<string, ErrorEntry> ByCode = new ErrorEntry[]
    {
        new(ErrorCodes.Unauthenticated, 401, Remedy.NewToken),
        new(ErrorCodes.NotAMember, 403, Remedy.None),
        new(ErrorCodes.NotAllowed, 403, Remedy.None),
        new(ErrorCodes.MalformedIdentifier, 400, Remedy.None),
        new(ErrorCodes.MalformedRequest, 400, Remedy.None),
        new(ErrorCodes.InvalidText, 400, Remedy.None),
        new(ErrorCodes.BodyEmpty, 400, Remedy.None),
        new(ErrorCodes.TooManyGroups, 400, Remedy.SplitCall),
        new(ErrorCodes.TooManyUsers, 400, Remedy.SplitCall),
        new(ErrorCodes.BodyTooLarge, 413, Remedy.None),
        new(ErrorCodes.NotFound, 404, Remedy.None),
        new(ErrorCodes.GroupExists, 409, Remedy.None),
        new(ErrorCodes.GroupFull, 409, Remedy.None),
        new(ErrorCodes.QuotaExceeded, 409, Remedy.None),
        new(ErrorCodes.RateLimited, 429, Remedy.Retry),
        new(ErrorCodes.TooManyConnections, 429, Remedy.Retry),
        new(ErrorCodes.Overloaded, 503, Remedy.Retry),
        new(ErrorCodes.Unavailable, 503, Remedy.Retry),
        new(ErrorCodes.Internal, 500, Remedy.Retry),
        new(ErrorCodes.MalformedRecord, null, Remedy.None),
        new(ErrorCodes.UnknownKind, null, Remedy.None),
    }.ToDictionary(entry => entry.Code, StringComparer.Ordinal);

    /// <summary>All entries.</summary>
    public static IReadOnlyCollection<ErrorEntry> Entries => ByCode.Values;

    /// <summary>What a code means; null for one that this version does not know.</summary>
    public static ErrorEntry? Find(string code) => ByCode.GetValueOrDefault(code);
}
