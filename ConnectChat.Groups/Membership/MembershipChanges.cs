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
/// Changes who belongs to a group. A change is planned from META and, read after it, how the users concerned stand to the group; each
/// transaction writes some of the plan on the condition that META is still the same. A lost race is planned anew.
/// </summary>
internal sealed class MembershipChanges(
    GroupStore groups,
    StandingReader standings,
    MembershipWriter writer,
    TableOrigin origin,
    UserDirectory users,
    Quotas quotas,
    GroupsTelemetry telemetry,
    IOptions<GroupsOptions> options,
    TimeProvider clock)
{
    private readonly ResiliencePipeline _conflicts = Conflicts.Pipeline(clock);

    // Changes of one group follow each other within an instance, so that they only race those of other instances. Groups that share
    // a gate wait for each other needlessly, which is rare and short.
    private readonly SemaphoreSlim[] _gates = [.. Enumerable.Range(0, 1024).Select(_ => new SemaphoreSlim(1, 1))];

    private delegate Task<Standing> Read(CancellationToken cancellationToken);

    private delegate ChangeOutcome Plan(Standing standing, ChangeSteps steps);

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
        var created = GroupState.New(groupId, name, owner, await origin.VersionFloorAsync(cancellationToken) + 1);
        return await _conflicts.ExecuteAsync(
            async token =>
            {
                try
                {
                    await writer.CreateAsync(created, new MemberStep(owner, number, null, Role.Owner), token);
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

    /// <summary>Makes users members. All but those who declined are when this returns <see cref="ChangeOutcome.Done"/>.</summary>
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
            "add",
            groupId,
            actorId,
            actor.Number,
            token => standings.ForAddAsync(groupId, actorId, actor.Number, numbers, token),
            (standing, steps) => ChangePlan.Add(standing.Members.GetValueOrDefault(actor.Number), role, numbers, standing, steps),
            cancellationToken);
    }

    /// <summary>Ends memberships and invitations. None of the users has either when this returns <see cref="ChangeOutcome.Done"/>.</summary>
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
            actorId,
            actor,
            token => standings.ForInvitedAsync(groupId, actor, numbers, token),
            (standing, steps) => standing.Members.GetValueOrDefault(actor) is var member && (onlyItself || member?.Role is not Role.Member)
                ? ChangePlan.Remove(member, numbers, standing, steps)
                : ChangeOutcome.NotAllowed,
            cancellationToken);
    }

    /// <summary>Makes an invited user a member.</summary>
    public async Task<ChangeResult> JoinAsync(string groupId, string userId, CancellationToken cancellationToken)
    {
        // Who has no number was in no group, so left none.
        if (await users.FindAsync(userId, cancellationToken) is not { } number)
        {
            return new ChangeResult(ChangeOutcome.NotAMember);
        }

        return await ApplyAsync(
            "join",
            groupId,
            userId,
            number,
            token => standings.ForInvitedAsync(groupId, number, new() { [userId] = number }, token),
            (standing, steps) => ChangePlan.Join(userId, number, standing, steps),
            cancellationToken);
    }

    private async Task<ChangeResult> ApplyAsync(
        string kind, string groupId, string actorId, uint actor, Read read, Plan plan, CancellationToken cancellationToken)
    {
        var gate = _gates[(uint)string.GetHashCode(groupId, StringComparison.Ordinal) % (uint)_gates.Length];
        await gate.WaitAsync(cancellationToken);
        var changed = 0;
        try
        {
            return await _conflicts.ExecuteAsync(
                async token =>
                {
                    if (await groups.FindAsync(groupId, token) is not { } group)
                    {
                        return new ChangeResult(ChangeOutcome.NotAMember);
                    }

                    var steps = new ChangeSteps();
                    var outcome = plan(await read(token), steps);
                    if (outcome == ChangeOutcome.Done && group.Count + steps.Members.Sum(step => step.CountDelta) > options.Value.GroupMembers
                        && steps.Members.Any(step => step.CountDelta > 0))
                    {
                        outcome = ChangeOutcome.GroupFull;
                    }

                    if (outcome != ChangeOutcome.Done)
                    {
                        return new ChangeResult(outcome);
                    }

                    await writer.WriteInvitationsAsync(group, actorId, steps.Invited, steps.NoLongerInvited, token);

                    // The actor goes last: a call that takes away its own right would otherwise fail to finish after a lost race.
                    steps.Members.Sort((left, right) => (left.Number == actor, left.Number).CompareTo((right.Number == actor, right.Number)));
                    foreach (var transaction in MembershipWriter.Transactions(steps.Members))
                    {
                        group = await writer.WriteAsync(group, transaction, token);
                        changed += transaction.Length;
                    }

                    return new ChangeResult(ChangeOutcome.Done, group.Version, changed, group.Count, steps.Declined);
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
}
