using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts.Groups;
using ConnectChat.Groups.Storage;
using ConnectChat.Groups.Telemetry;
using ConnectChat.Groups.Users;
using ConnectChat.ServiceDefaults.DynamoDb;
using Polly;

namespace ConnectChat.Groups.Membership;

/// <summary>Reads of groups and members. All are strongly consistent but <see cref="GroupsOfAsync"/>, which reads an index.</summary>
internal sealed class GroupStore(
    IAmazonDynamoDB store, GroupsTable table, TableOrigin origin, UserDirectory users, GroupsTelemetry telemetry, TimeProvider clock)
{
    private readonly ResiliencePipeline _conflicts = Conflicts.Pipeline(clock);

    /// <summary>META, or null.</summary>
    public async Task<GroupState?> FindAsync(string groupId, CancellationToken cancellationToken)
    {
        // What is not in a table that may not be used is not known.
        var floor = await origin.VersionFloorAsync(cancellationToken);
        using var operation = telemetry.StartOperation("GetItem", table.Name);
        var response = await operation.Watch(store.GetItemAsync(
            new GetItemRequest { TableName = table.Name, Key = GroupsTable.Meta(groupId), ConsistentRead = true }, cancellationToken));
        return response.Item is { Count: > 0 } item ? Group(groupId, item, floor) : null;
    }

    /// <summary>The group and one user's place in it, read together.</summary>
    public async Task<GroupAndMember> FindAsync(string groupId, string userId, CancellationToken cancellationToken)
    {
        if (await users.FindAsync(userId, cancellationToken) is not { } number)
        {
            // Who has no number after META was read was in no group when it was read.
            var group = await FindAsync(groupId, cancellationToken);
            if (await users.FindAsync(userId, cancellationToken) is not { } late)
            {
                return new GroupAndMember(group, null);
            }

            number = late;
        }

        var floor = await origin.VersionFloorAsync(cancellationToken);
        var request = new TransactGetItemsRequest
        {
            TransactItems = [Get(GroupsTable.Meta(groupId)), Get(GroupsTable.Member(groupId, number))],
        };
        var response = await _conflicts.ExecuteAsync(
            static async (state, token) =>
            {
                using var operation = state.Telemetry.StartOperation("TransactGetItems", state.Table.Name);
                return await operation.Watch(state.Store.TransactGetItemsAsync(state.Request, token));
            },
            (Store: store, Telemetry: telemetry, Table: table, Request: request),
            cancellationToken);
        var (meta, member) = (response.Responses[0].Item, response.Responses[1].Item);
        return meta is { Count: > 0 }
            ? new GroupAndMember(Group(groupId, meta, floor), member is { Count: > 0 } ? MemberState.Of(member) : null)
            : new GroupAndMember(null, null);
    }

    /// <summary>The numbers of all members, ascending. Pages are read one after the other: a change meanwhile may show in some of them only.</summary>
    public async Task<uint[]> ReadNumbersAsync(string groupId, int expected, CancellationToken cancellationToken)
    {
        var numbers = new List<uint>(expected);
        var query = MembersOf(groupId);
        query.ProjectionExpression = "#number";
        query.ExpressionAttributeNames = new() { ["#number"] = GroupsTable.Number };
        do
        {
            using var operation = telemetry.StartOperation("Query", table.Name);
            var page = await operation.Watch(store.QueryAsync(query, cancellationToken));
            numbers.AddRange((page.Items ?? []).Select(item => (uint)item.Number(GroupsTable.Number)));
            query.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (query.ExclusiveStartKey is { Count: > 0 });

        return [.. numbers];
    }

    /// <summary>Members with numbers above <paramref name="after"/>, ascending, and whether there are more.</summary>
    public async Task<(List<MemberState> Members, bool More)> ListMembersAsync(string groupId, uint after, int limit, CancellationToken cancellationToken)
    {
        var query = MembersOf(groupId);
        query.Limit = limit;
        query.ExclusiveStartKey = after == 0 ? null : GroupsTable.Member(groupId, after);
        var members = new List<MemberState>(limit);
        do
        {
            var page = await store.QueryAsync(query, cancellationToken);
            members.AddRange((page.Items ?? []).Select(MemberState.Of));
            query.Limit = limit - members.Count;
            query.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (members.Count < limit && query.ExclusiveStartKey is { Count: > 0 });

        return (members, query.ExclusiveStartKey is { Count: > 0 });
    }

    /// <summary>Groups of a user in ascending order of group id, after a given one, and whether there are more. A change shows a moment later.</summary>
    public async Task<(List<MembershipState> Groups, bool More)> GroupsOfAsync(
        string userId, (string GroupId, uint Number)? after, int limit, CancellationToken cancellationToken)
    {
        await origin.VersionFloorAsync(cancellationToken);
        var query = new QueryRequest
        {
            TableName = table.Name,
            IndexName = GroupsTable.ByMember,
            KeyConditionExpression = "#member = :member",
            ExpressionAttributeNames = new() { ["#member"] = GroupsTable.MemberId },
            ExpressionAttributeValues = new() { [":member"] = Attributes.Text(userId) },
            Limit = limit,
            ExclusiveStartKey = after is not { } last
                ? null
                : GroupsTable.Member(last.GroupId, last.Number).With((GroupsTable.MemberId, Attributes.Text(userId))),
        };
        var groups = new List<MembershipState>(limit);
        do
        {
            var page = await store.QueryAsync(query, cancellationToken);
            groups.AddRange((page.Items ?? []).Select(Membership));
            query.Limit = limit - groups.Count;
            query.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (groups.Count < limit && query.ExclusiveStartKey is { Count: > 0 });

        return (groups, query.ExclusiveStartKey is { Count: > 0 });
    }

    /// <summary>In how many groups a user has a role, counted up to a bound. A change shows a moment later.</summary>
    public async Task<int> CountAsync(string userId, Role role, int most, CancellationToken cancellationToken)
    {
        var query = new QueryRequest
        {
            TableName = table.Name,
            IndexName = GroupsTable.ByMember,
            KeyConditionExpression = "#member = :member",
            FilterExpression = "#role = :role",
            ExpressionAttributeNames = new() { ["#member"] = GroupsTable.MemberId, ["#role"] = GroupsTable.MemberRole },
            ExpressionAttributeValues = new() { [":member"] = Attributes.Text(userId), [":role"] = Attributes.Number((int)role) },
            Select = Select.COUNT,
        };
        var count = 0;
        do
        {
            var page = await store.QueryAsync(query, cancellationToken);
            count += page.Count ?? 0;
            query.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (count < most && query.ExclusiveStartKey is { Count: > 0 });

        return count;
    }

    private QueryRequest MembersOf(string groupId) => new()
    {
        TableName = table.Name,
        ConsistentRead = true,
        KeyConditionExpression = $"{GroupsTable.Partition} = :group AND begins_with({GroupsTable.Sort}, :members)",
        ExpressionAttributeValues = new()
        {
            [":group"] = Attributes.Text($"{GroupsTable.GroupPrefix}{groupId}"),
            [":members"] = Attributes.Text(GroupsTable.MemberPrefix),
        },
    };

    private TransactGetItem Get(Dictionary<string, AttributeValue> key) => new() { Get = new Get { TableName = table.Name, Key = key } };

    private static GroupState Group(string groupId, Dictionary<string, AttributeValue> item, long floor)
    {
        var stored = item.Number(GroupsTable.Version);
        return new GroupState(
            groupId, item.Text(GroupsTable.GroupName), item.Text(GroupsTable.Owner), Math.Max(stored, floor), item.Number(GroupsTable.Count), stored);
    }

    private static MembershipState Membership(Dictionary<string, AttributeValue> item) => new(
        item.Text(GroupsTable.Partition)[GroupsTable.GroupPrefix.Length..],
        item.Text(GroupsTable.GroupName),
        (uint)item.Number(GroupsTable.Number),
        (Role)item.Number(GroupsTable.MemberRole),
        item.Number(GroupsTable.Joined));
}
