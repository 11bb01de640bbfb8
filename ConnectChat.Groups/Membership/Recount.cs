using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Groups.Storage;
using ConnectChat.ServiceDefaults.DynamoDb;

namespace ConnectChat.Groups.Membership;

/// <summary>
/// Sets META right where it counts other members than there are and no transaction is under way: in a table restored from a backup, whose
/// items are not all of the same moment. The group moves on by a version, so that nothing known of the version before is taken for it.
/// </summary>
internal sealed partial class Recount(IAmazonDynamoDB store, GroupsTable table, ILogger<Recount> logger)
{
    /// <summary>False: the group changed meanwhile, or is being changed.</summary>
    public async Task<bool> TryAsync(GroupState group, int members, CancellationToken cancellationToken)
    {
        try
        {
            await store.UpdateItemAsync(
                new UpdateItemRequest
                {
                    TableName = table.Name,
                    Key = GroupsTable.Meta(group.Id),
                    UpdateExpression = "SET #version = :next, #count = :members",
                    ConditionExpression = "#version = :version AND #count = :count",
                    ExpressionAttributeNames = new() { ["#version"] = GroupsTable.Version, ["#count"] = GroupsTable.Count },
                    ExpressionAttributeValues = new()
                    {
                        [":version"] = Attributes.Number(group.Stored),
                        [":next"] = Attributes.Number(group.Version + 1),
                        [":count"] = Attributes.Number(group.Count),
                        [":members"] = Attributes.Number(members),
                    },
                },
                cancellationToken);
        }
        catch (Exception exception) when (exception is ConditionalCheckFailedException or TransactionConflictException)
        {
            return false;
        }

        LogRecounted(logger, group.Id, group.Count, members);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Group {groupId} had {members} members and not {count}, and is counted anew: was its table restored?")]
    private static partial void LogRecounted(ILogger logger, string groupId, long count, int members);
}
