namespace ConnectChat.Contracts;

/// <summary>
/// Every error code a client or service may meet: in <c>problem+json</c> as <c>code</c>, in hub errors before the colon, in
/// <c>MessageRejected</c>, in the gRPC trailer <see cref="Trailer"/>. Codes are never renamed; clients decide by them.
/// </summary>
public static class ErrorCodes
{
    /// <summary>Name of the gRPC trailer that carries the code.</summary>
    public const string Trailer = "error-code";

    /// <summary>No token, or one that is expired, wrongly signed or for another audience. Get a new token, then retry.</summary>
    public const string Unauthenticated = "unauthenticated";

    /// <summary>The caller is no member of the group, or the group does not exist (the two are not told apart to outsiders). Do not retry.</summary>
    public const string NotAMember = "not_a_member";

    /// <summary>A member, but without the role that this needs. Do not retry.</summary>
    public const string NotAllowed = "not_allowed";

    /// <summary>An id is missing or not of the form of <see cref="Identifier"/>. Do not retry.</summary>
    public const string MalformedIdentifier = "malformed_identifier";

    /// <summary>The body is empty. Do not retry.</summary>
    public const string BodyEmpty = "body_empty";

    /// <summary>The body has more than <see cref="Limits.BodyBytes"/> bytes. Do not retry.</summary>
    public const string BodyTooLarge = "body_too_large";

    /// <summary>Text that is not valid Unicode (an unpaired surrogate, invalid UTF-8). Do not retry.</summary>
    public const string InvalidText = "invalid_text";

    /// <summary>Arguments that do not fit the method or route: a wrong type, a negative number, unparsable JSON. Do not retry.</summary>
    public const string MalformedRequest = "malformed_request";

    /// <summary>More groups in one Resume than <see cref="Limits.GroupsPerResume"/>. Split the call.</summary>
    public const string TooManyGroups = "too_many_groups";

    /// <summary>More users in one call than <see cref="Limits.MembersPerChange"/>. Split the call.</summary>
    public const string TooManyUsers = "too_many_users";

    /// <summary>The group would have more than <see cref="Limits.GroupMembers"/> members. Do not retry.</summary>
    public const string GroupFull = "group_full";

    /// <summary>The caller owns as many groups, or blocks as many users and groups, as one user may. Do not retry.</summary>
    public const string QuotaExceeded = "quota_exceeded";

    /// <summary>The group id belongs to a group of another owner. Choose another id.</summary>
    public const string GroupExists = "group_exists";

    /// <summary>The caller sends or asks faster than allowed. Retry after a pause.</summary>
    public const string RateLimited = "rate_limited";

    /// <summary>The user has as many connections to this gateway as one user may have. Close one, or retry after a pause.</summary>
    public const string TooManyConnections = "too_many_connections";

    /// <summary>
    /// The gateway has as many connections as it admits, or is draining; or the group is seconds behind what was said in it. Retry after the
    /// time in Retry-After, on the hub after a second, with the same client message id.
    /// </summary>
    public const string Overloaded = "overloaded";

    /// <summary>A dependency does not answer. Retry with backoff, with the same client message id.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>There is no such route or resource. Do not retry.</summary>
    public const string NotFound = "not_found";

    /// <summary>A fault of the service. Retry with backoff.</summary>
    public const string Internal = "internal";

    /// <summary>A record's value cannot be parsed (dead letter only).</summary>
    public const string MalformedRecord = "malformed_record";

    /// <summary>A record's event is of a kind that this version does not know (dead letter only).</summary>
    public const string UnknownKind = "unknown_kind";
}
