using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Contracts.Groups;
using ConnectChat.Groups.Storage;
using ConnectChat.Groups.Telemetry;
using ConnectChat.Groups.Users;
using ConnectChat.ServiceDefaults.DynamoDb;
using Microsoft.Extensions.Options;
using Polly;

namespace ConnectChat.Groups.Membership;

/// <summary>
/// Changes who belongs to a group. A change is planned from META and, read after it, the members concerned; each transaction writes
/// some of the plan and moves META.version by one on the condition that nobody else did. A lost race is planned anew.
/// </summary>
internal sealed class MembershipChanges(
    IAmazonDynamoDB store,
    GroupsTable table,
    GroupStore groups,
    UserDirectory users,
    Quotas quotas,
    IMembershipListener listener,
    GroupsTelemetry telemetry,
    IOptions<GroupsOptions> options,
    TimeProvider clock)
{
    // A transaction holds a hundred items, one of them META.
    private const int StepsPerTransaction = 90;

    private readonly ResiliencePipeline _conflicts = Conflicts.Pipeline(clock);

    // Changes of one group follow each other within an instance, so that they only race those of other instances. Groups that share
    // a gate wait for each other needlessly, which is rare and short.
    private readonly SemaphoreSlim[] _gates = [.. Enumerable.Range(0, 1024).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Creates a group with its owner as the first member, or finds that the owner did so before.</summary>
    public async Task<(ChangeOutcome Outcome, GroupState? Group)> CreateAsync(string groupId, string name, string owner, CancellationToken cancellationToken)
    {
        if (await groups.FindAsync(groupId, cancellationToken) is { } found)
        {
            return found.Owner == owner ? (ChangeOutcome.Done, found) : (ChangeOutcome.GroupExists, null);
        }

        if (!await quotas.MayOwnAnotherAsync(owner, cancellationToken))
        {
            return (ChangeOutcome.TooManyOwned, null);
        }

        var number = (await users.ResolveAsync([owner], cancellationToken))[owner];
        var created = new GroupState(groupId, name, owner, Version: 1, Count: 1);
        var meta = GroupsTable.Meta(groupId).With(
            (GroupsTable.GroupName, Attributes.Text(name)),
            (GroupsTable.Owner, Attributes.Text(owner)),
            (GroupsTable.Version, Attributes.Number(created.Version)),
            (GroupsTable.Count, Attributes.Number(created.Count)));
        var request = new TransactWriteItemsRequest
        {
            TransactItems =
            [
                new() { Put = new Put { TableName = table.Name, Item = meta, ConditionExpression = $"attribute_not_exists({GroupsTable.Partition})" } },
                Write(created, new MemberStep(owner, number, null, Role.Owner), created.Version),
            ],
        };
        return await _conflicts.ExecuteAsync(
            async token =>
            {
                try
                {
                    await store.TransactWriteItemsAsync(request, token);
                    telemetry.Changed("create", 1);
                    return (ChangeOutcome.Done, created);
                }
                catch (TransactionCanceledException exception) when (exception.FailedAt(0))
                {
                    var existing = await groups.FindAsync(groupId, token);
                    return existing?.Owner == owner ? (ChangeOutcome.Done, existing) : (ChangeOutcome.GroupExists, (GroupState?)null);
                }
            },
            cancellationToken);
    }

    /// <summary>Makes users members. All of them are when this returns <see cref="ChangeOutcome.Done"/>.</summary>
    public async Task<ChangeResult> AddAsync(
        string groupId, string actorId, IReadOnlyCollection<string> userIds, Role role, CancellationToken cancellationToken)
    {
        // Authorise before allocating user numbers.
        if (await groups.FindAsync(groupId, actorId, cancellationToken) is not { Group: { } group, Member: { } actor })
        {
            return new ChangeResult(ChangeOutcome.NotAMember);
        }

        if (actor.Role is not (Role.Owner or Role.Administrator))
        {
            return new ChangeResult(ChangeOutcome.NotAllowed);
        }

        // A number once allocated is never taken back, so the bounds are checked first. A user without a number cannot be a member yet.
        var strangers = userIds.Count - (await users.FindAsync(userIds, cancellationToken)).Count;
        if (strangers > 0 && group.Count + strangers > options.Value.GroupMembers)
        {
            return new ChangeResult(ChangeOutcome.GroupFull);
        }

        if (strangers > 0 && !quotas.TryAddNew(actorId, strangers))
        {
            return new ChangeResult(ChangeOutcome.TooManyNew);
        }

        var numbers = await users.ResolveAsync(userIds, cancellationToken);
        return await ApplyAsync(
            "add", groupId, actor.Number, numbers, (member, members, steps) => ChangePlan.Add(member.Role, role, numbers, members, steps), cancellationToken);
    }

    /// <summary>Ends memberships. None of the users is a member when this returns <see cref="ChangeOutcome.Done"/>.</summary>
    public async Task<ChangeResult> RemoveAsync(string groupId, string actorId, IReadOnlyCollection<string> userIds, CancellationToken cancellationToken)
    {
        if (await users.FindAsync(actorId, cancellationToken) is not { } actor)
        {
            return new ChangeResult(ChangeOutcome.NotAMember);
        }

        var onlyItself = userIds.All(userId => userId == actorId);
        var numbers = await users.FindAsync(userIds, cancellationToken);
        return await ApplyAsync(
            "remove",
            groupId,
            actor,
            numbers,
            (member, members, steps) => onlyItself || member.Role is Role.Owner or Role.Administrator
                ? ChangePlan.Remove(member, numbers, members, steps)
                : ChangeOutcome.NotAllowed,
            cancellationToken);
    }

    private async Task<ChangeResult> ApplyAsync(
        string kind, string groupId, uint actor, Dictionary<string, uint> numbers, Plan plan, CancellationToken cancellationToken)
    {
        var gate = _gates[(uint)string.GetHashCode(groupId, StringComparison.Ordinal) % (uint)_gates.Length];
        await gate.WaitAsync(cancellationToken);
        var changed = 0;
        try
        {
            return await _conflicts.ExecuteAsync(
                async token =>
                {
                    var group = await groups.FindAsync(groupId, token);
                    var members = group is null ? [] : await groups.FindMembersAsync(groupId, numbers.Values.Append(actor).Distinct(), token);
                    if (!members.TryGetValue(actor, out var actorMember))
                    {
                        return new ChangeResult(ChangeOutcome.NotAMember);
                    }

                    var steps = new List<MemberStep>(numbers.Count);
                    var outcome = plan(actorMember, members, steps);
                    if (outcome == ChangeOutcome.Done && group!.Count + steps.Sum(step => step.CountDelta) > options.Value.GroupMembers
                        && steps.Any(step => step.CountDelta > 0))
                    {
                        outcome = ChangeOutcome.GroupFull;
                    }

                    if (outcome != ChangeOutcome.Done)
                    {
                        return new ChangeResult(outcome);
                    }

                    // The actor goes last: a call that takes away its own right would otherwise fail to finish after a lost race.
                    steps.Sort((left, right) => (left.Number == actor, left.Number).CompareTo((right.Number == actor, right.Number)));
                    foreach (var chunk in steps.Chunk(StepsPerTransaction))
                    {
                        group = await WriteAsync(group!, chunk, token);
                        changed += chunk.Length;
                    }

                    return new ChangeResult(ChangeOutcome.Done, group!.Version, changed, group.Count);
                },
                cancellationToken);
        }
        finally
        {
            gate.Release();
            if (changed > 0)
            {
                telemetry.Changed(kind, changed);
            }
        }
    }

    private async Task<GroupState> WriteAsync(GroupState group, MemberStep[] steps, CancellationToken cancellationToken)
    {
        var next = group with { Version = group.Version + 1, Count = group.Count + steps.Sum(step => step.CountDelta) };
        var writes = new List<TransactWriteItem>(steps.Length + 1)
        {
            new()
            {
                Update = new Update
                {
                    TableName = table.Name,
                    Key = GroupsTable.Meta(group.Id),
                    UpdateExpression = "SET #version = :next, #count = :count",
                    ConditionExpression = "#version = :version",
                    ExpressionAttributeNames = new() { ["#version"] = GroupsTable.Version, ["#count"] = GroupsTable.Count },
                    ExpressionAttributeValues = new()
                    {
                        [":version"] = Attributes.Number(group.Version),
                        [":next"] = Attributes.Number(next.Version),
                        [":count"] = Attributes.Number(next.Count),
                    },
                },
            },
        };
        writes.AddRange(steps.Select(step => Write(group, step, next.Version)));
        using (var operation = telemetry.StartOperation("TransactWriteItems", table.Name))
        {
            await operation.Watch(store.TransactWriteItemsAsync(new TransactWriteItemsRequest { TransactItems = writes }, cancellationToken));
        }

        listener.Changed(group.Id, group.Version, steps);
        return next;
    }

    private TransactWriteItem Write(GroupState group, MemberStep step, long version) => step.Role is { } role
        ? new()
        {
            Put = new Put
            {
                TableName = table.Name,
                Item = GroupsTable.Member(group.Id, step.Number).With(
                    (GroupsTable.MemberId, Attributes.Text(step.UserId)),
                    (GroupsTable.Number, Attributes.Number(step.Number)),
                    (GroupsTable.MemberRole, Attributes.Number((int)role)),
                    (GroupsTable.Joined, Attributes.Number(step.Before?.Joined ?? version)),
                    (GroupsTable.GroupName, Attributes.Text(group.Name))),
            },
        }
        : new() { Delete = new Delete { TableName = table.Name, Key = GroupsTable.Member(group.Id, step.Number) } };

    private delegate ChangeOutcome Plan(MemberState actor, IReadOnlyDictionary<uint, MemberState> members, List<MemberStep> steps);
}
