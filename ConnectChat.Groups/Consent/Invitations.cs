using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Groups.Storage;
using ConnectChat.ServiceDefaults.DynamoDb;

namespace ConnectChat.Groups.Consent;

/// <summary>An invitation to a group that the user had left.</summary>
internal sealed record InvitationState(string GroupId, string Name, string By, long At);

/// <summary>A user's invitations. Changes of membership write and accept them.</summary>
internal sealed class Invitations(IAmazonDynamoDB store, GroupsTable table, UserPartition partition)
{
    /// <summary>In ascending order of group id, after a given one, and whether there are more.</summary>
    public async Task<(List<InvitationState> Invitations, bool More)> ListAsync(
        string userId, string? after, int limit, CancellationToken cancellationToken)
    {
        var start = after is null ? null : GroupsTable.Invitation(userId, after);
        var (items, more) = await partition.ReadAsync(userId, GroupsTable.InvitationPrefix, start, limit, cancellationToken);
        return ([.. items.Select(Invitation)], more);
    }

    /// <summary>Takes one away. Without one it does nothing.</summary>
    public Task DeclineAsync(string userId, string groupId, CancellationToken cancellationToken) => store.DeleteItemAsync(
        new DeleteItemRequest { TableName = table.Name, Key = GroupsTable.Invitation(userId, groupId) }, cancellationToken);

    private static InvitationState Invitation(Dictionary<string, AttributeValue> item) => new(
        item.Text(GroupsTable.Sort)[GroupsTable.InvitationPrefix.Length..],
        item.Text(GroupsTable.GroupName),
        item.Text(GroupsTable.InvitedBy),
        item.Number(GroupsTable.InvitedAt));
}
