using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Groups.Storage;
using ConnectChat.Groups.Telemetry;
using ConnectChat.ServiceDefaults.DynamoDb;

namespace ConnectChat.Groups.Membership;

/// <summary>
/// Writes what was planned, in transactions that only succeed while META still has the version that the plan was made from. A change of
/// members moves it on by one; an invitation leaves it, since it changes no membership.
/// </summary>
internal sealed class MembershipWriter(
    IAmazonDynamoDB store, GroupsTable table, IMembershipListener listener, GroupsTelemetry telemetry, TimeProvider clock)
{
    // A transaction holds a hundred items: META, one of a step of others, up to three of the actor's own.
    private const int StepsPerTransaction = 90;

    /// <summary>Creates a group with its first member.</summary>
    /// <exception cref="TransactionCanceledException">Failed at 0: it exists.</exception>
    public Task CreateAsync(GroupState group, MemberStep owner, CancellationToken cancellationToken)
    {
        var meta = GroupsTable.Meta(group.Id).With(
            (GroupsTable.GroupName, Attributes.Text(group.Name)),
            (GroupsTable.Owner, Attributes.Text(group.Owner)),
            (GroupsTable.Version, Attributes.Number(group.Version)),
            (GroupsTable.Count, Attributes.Number(group.Count)));
        return store.TransactWriteItemsAsync(
            new TransactWriteItemsRequest
            {
                TransactItems =
                [
                    new() { Put = new Put { TableName = table.Name, Item = meta, ConditionExpression = $"attribute_not_exists({GroupsTable.Partition})" } },
                    .. Writes(group, owner, group.Version),
                ],
            },
            cancellationToken);
    }

    /// <summary>Writes some of the steps, and returns the group after them.</summary>
    public async Task<GroupState> WriteAsync(GroupState group, MemberStep[] steps, CancellationToken cancellationToken)
    {
        var version = group.Version + 1;
        var next = group with { Version = version, Stored = version, Count = group.Count + steps.Sum(step => step.CountDelta) };
        var meta = new Update
        {
            TableName = table.Name,
            Key = GroupsTable.Meta(group.Id),
            UpdateExpression = "SET #version = :next, #count = :count",
            ConditionExpression = "#version = :version",
            ExpressionAttributeNames = new() { ["#version"] = GroupsTable.Version, ["#count"] = GroupsTable.Count },
            ExpressionAttributeValues = new()
            {
                [":version"] = Attributes.Number(group.Stored),
                [":next"] = Attributes.Number(next.Version),
                [":count"] = Attributes.Number(next.Count),
            },
        };
        await TransactAsync([new() { Update = meta }, .. steps.SelectMany(step => Writes(group, step, next.Version))], cancellationToken);
        listener.Changed(group.Id, group.Version, steps);
        return next;
    }

    /// <summary>Parts steps into those of one transaction each.</summary>
    public static IEnumerable<MemberStep[]> Transactions(IEnumerable<MemberStep> steps) => steps.Chunk(StepsPerTransaction);

    /// <summary>Invites users, or takes their invitations back.</summary>
    public async Task WriteInvitationsAsync(
        GroupState group, string actorId, IEnumerable<string> invited, IEnumerable<string> noLonger, CancellationToken cancellationToken)
    {
        var unchanged = new ConditionCheck
        {
            TableName = table.Name,
            Key = GroupsTable.Meta(group.Id),
            ConditionExpression = "#version = :version",
            ExpressionAttributeNames = new() { ["#version"] = GroupsTable.Version },
            ExpressionAttributeValues = new() { [":version"] = Attributes.Number(group.Stored) },
        };
        var writes = invited.Select(userId => Put(GroupsTable.Invitation(userId, group.Id).With(
                (GroupsTable.GroupName, Attributes.Text(group.Name)),
                (GroupsTable.InvitedBy, Attributes.Text(actorId)),
                (GroupsTable.InvitedAt, Attributes.Number(clock.GetUtcNow().ToUnixTimeMilliseconds())))))
            .Concat(noLonger.Select(userId => Delete(GroupsTable.Invitation(userId, group.Id))));
        foreach (var chunk in writes.Chunk(StepsPerTransaction))
        {
            await TransactAsync([new() { ConditionCheck = unchanged }, .. chunk], cancellationToken);
        }
    }

    private async Task TransactAsync(List<TransactWriteItem> writes, CancellationToken cancellationToken)
    {
        using var operation = telemetry.StartOperation("TransactWriteItems", table.Name);
        await operation.Watch(store.TransactWriteItemsAsync(new TransactWriteItemsRequest { TransactItems = writes }, cancellationToken));
    }

    private IEnumerable<TransactWriteItem> Writes(GroupState group, MemberStep step, long version)
    {
        var key = GroupsTable.Member(group.Id, step.Number);
        yield return step.Role is { } role
            ? Put(key.With(
                (GroupsTable.MemberId, Attributes.Text(step.UserId)),
                (GroupsTable.Number, Attributes.Number(step.Number)),
                (GroupsTable.MemberRole, Attributes.Number((int)role)),
                (GroupsTable.Joined, Attributes.Number(step.Before?.Joined ?? version)),
                (GroupsTable.GroupName, Attributes.Text(group.Name))))
            : Delete(key);
        if (!step.Own)
        {
            yield break;
        }

        var left = GroupsTable.Left(group.Id, step.Number);
        if (step.Role is null)
        {
            yield return Put(left.With((GroupsTable.Number, Attributes.Number(step.Number)), (GroupsTable.UserId, Attributes.Text(step.UserId))));
        }
        else
        {
            // An invitation that was taken back or declined meanwhile is no longer there.
            yield return Delete(left);
            yield return Delete(GroupsTable.Invitation(step.UserId, group.Id), $"attribute_exists({GroupsTable.Partition})");
        }
    }

    private TransactWriteItem Put(Dictionary<string, AttributeValue> item) => new() { Put = new Put { TableName = table.Name, Item = item } };

    private TransactWriteItem Delete(Dictionary<string, AttributeValue> key, string? condition = null) =>
        new() { Delete = new Delete { TableName = table.Name, Key = key, ConditionExpression = condition } };
}
