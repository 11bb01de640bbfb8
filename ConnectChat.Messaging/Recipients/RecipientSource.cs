using System.Collections.Frozen;
using BitFaster.Caching.Lru;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.Contracts.Recipients;
using Grpc.Core;
using Microsoft.Extensions.Options;
using GroupsClient = ConnectChat.Contracts.Groups.Groups.GroupsClient;

namespace ConnectChat.Messaging.Recipients;

/// <summary>Everyone who receives a message, at one version of the membership.</summary>
/// <param name="Version">The version.</param>
/// <param name="Count">How many users.</param>
/// <param name="Encoded">The encoded set, as Groups made it.</param>
internal sealed record RecipientsAtVersion(long Version, long Count, byte[] Encoded);

/// <summary>What Groups says about a group and some senders.</summary>
/// <param name="Set">Null when there is no such group.</param>
/// <param name="Members">Those of the senders that may send.</param>
internal readonly record struct RecipientsAnswer(RecipientsAtVersion? Set, IReadOnlySet<string> Members);

/// <summary>
/// Asks Groups for recipients. Every call is answered by Groups itself, so a change acknowledged before it is seen; the set kept here
/// only spares its transfer while the version stands.
/// </summary>
internal sealed class RecipientSource(GroupsClient groups, IOptions<MessagingOptions> options)
{
    private readonly ConcurrentLru<string, RecipientsAtVersion> _sets = new(
        concurrencyLevel: Environment.ProcessorCount, options.Value.CachedRecipientSets, StringComparer.Ordinal);

    /// <summary>One call.</summary>
    /// <param name="groupId">The group.</param>
    /// <param name="senders">Who wants to send, at least one, each once.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RpcException">Groups does not answer, or refuses.</exception>
    public async Task<RecipientsAnswer> GetAsync(string groupId, IReadOnlyList<string> senders, CancellationToken cancellationToken)
    {
        var known = _sets.TryGet(groupId, out var kept) ? kept : null;
        var request = new GetRecipientsRequest { GroupId = groupId, SenderId = senders[0], KnownVersion = known?.Version ?? 0 };
        request.MoreSenderIds.AddRange(senders.Skip(1));
        var reply = await groups.GetRecipientsAsync(request, cancellationToken: cancellationToken);
        if (reply.GroupNotFound)
        {
            return new RecipientsAnswer(null, FrozenSet<string>.Empty);
        }

        if (!reply.NotModified)
        {
            known = new RecipientsAtVersion(reply.Version, reply.Count, reply.Recipients.ToByteArray());
            _sets.AddOrUpdate(groupId, known);
        }

        var members = new HashSet<string>(reply.MoreMembers, StringComparer.Ordinal);
        if (reply.SenderIsMember)
        {
            members.Add(senders[0]);
        }

        return new RecipientsAnswer(known, members);
    }

    /// <summary>
    /// Those of the current members who were members at an earlier version, without a break since. For a message that was stamped
    /// then and is published again now: who left receives nothing any more, who joined later never sees it.
    /// </summary>
    /// <exception cref="RpcException">Groups does not answer, or refuses.</exception>
    public async Task<RecipientsAtVersion> AsOfAsync(string groupId, RecipientsAtVersion current, long version, CancellationToken cancellationToken)
    {
        if (current.Version == version || await AnyMemberAsync(current, cancellationToken) is not { } actor)
        {
            return current;
        }

        var numbers = new List<uint>();
        var page = new ListMembersReply();
        do
        {
            page = await groups.ListMembersAsync(
                new ListMembersRequest { ActorId = actor, GroupId = groupId, PageSize = Limits.PageSize, PageToken = page.NextPageToken },
                cancellationToken: cancellationToken);
            numbers.AddRange(page.Members.Where(member => member.JoinedVersion <= version).Select(member => member.UserNumber));
        }
        while (page.NextPageToken.Length > 0);

        return new RecipientsAtVersion(version, numbers.Count, RecipientSet.Encode(numbers.ToArray()));
    }

    // Only members may list members. One that was removed since the set was read is refused: the whole question is then asked again.
    private async Task<string?> AnyMemberAsync(RecipientsAtVersion current, CancellationToken cancellationToken)
    {
        if (RecipientSet.TryDecode(current.Encoded, Limits.GroupMembers, out var numbers) != RecipientSetError.None || numbers.Length == 0)
        {
            return null;
        }

        var described = await groups.DescribeUsersAsync(
            new DescribeUsersRequest { UserNumbers = { numbers[0] } }, cancellationToken: cancellationToken);
        return described.Users.FirstOrDefault()?.UserId;
    }
}
