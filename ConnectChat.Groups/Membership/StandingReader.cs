using Amazon.DynamoDBv2.Model;
using ConnectChat.Groups.Storage;
using ConnectChat.ServiceDefaults.DynamoDb;

namespace ConnectChat.Groups.Membership;

/// <summary>Reads how users stand to a group, strongly consistent, in batches of keys: only what the change asks for.</summary>
internal sealed class StandingReader(BatchReads reads)
{
    /// <summary>For an add by <paramref name="actorId"/>: who is a member, who left, and who blocks the group or the actor.</summary>
    public Task<Standing> ForAddAsync(
        string groupId, string actorId, uint actor, Dictionary<string, uint> users, CancellationToken cancellationToken) => ReadAsync(
        [
            .. Members(groupId, actor, users),
            .. users.Values.Select(number => GroupsTable.Left(groupId, number)),
            .. users.Keys.Select(userId => GroupsTable.BlockedUser(userId, actorId)),
            .. users.Keys.Select(userId => GroupsTable.BlockedGroup(userId, groupId)),
        ],
        cancellationToken);

    /// <summary>For a removal, and for joining: who is a member, and who is invited.</summary>
    public Task<Standing> ForInvitedAsync(string groupId, uint actor, Dictionary<string, uint> users, CancellationToken cancellationToken) => ReadAsync(
        [.. Members(groupId, actor, users), .. users.Keys.Select(userId => GroupsTable.Invitation(userId, groupId))], cancellationToken);

    private static IEnumerable<Dictionary<string, AttributeValue>> Members(string groupId, uint actor, Dictionary<string, uint> users) =>
        users.Values.Append(actor).Distinct().Select(number => GroupsTable.Member(groupId, number));

    private async Task<Standing> ReadAsync(IReadOnlyList<Dictionary<string, AttributeValue>> keys, CancellationToken cancellationToken)
    {
        var standing = new Standing();
        foreach (var item in await reads.ReadAllAsync(keys, cancellationToken))
        {
            var sort = item.Text(GroupsTable.Sort);
            if (sort.StartsWith(GroupsTable.MemberPrefix, StringComparison.Ordinal))
            {
                var member = MemberState.Of(item);
                standing.Members.Add(member.Number, member);
            }
            else if (sort.StartsWith(GroupsTable.LeftPrefix, StringComparison.Ordinal))
            {
                standing.Left.Add((uint)item.Number(GroupsTable.Number));
            }
            else
            {
                var users = sort.StartsWith(GroupsTable.InvitationPrefix, StringComparison.Ordinal) ? standing.Invited : standing.Blocking;
                users.Add(item.Text(GroupsTable.Partition)[GroupsTable.UserPrefix.Length..]);
            }
        }

        return standing;
    }
}
