namespace ConnectChat.Messaging.Consuming;

/// <summary>
/// Groups answered with a version of the membership that history is ahead of. Just after another owner wrote that is over at the next try;
/// when it stays, the table of Groups was restored from an older state, and the group is held until it has caught up.
/// </summary>
internal sealed class MembershipBehindException(string groupId, long version, long written)
    : Exception($"Group {groupId} is at version {version} of its membership, and history was stamped with {written} already.");
