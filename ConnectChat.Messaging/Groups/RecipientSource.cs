using BitFaster.Caching.Lru;
using ConnectChat.Contracts.Groups;
using Grpc.Core;
using Microsoft.Extensions.Options;
using GroupsClient = ConnectChat.Contracts.Groups.Groups.GroupsClient;

namespace ConnectChat.Messaging.Groups;

/// <summary>Everyone who receives a message, at one version of the membership.</summary>
/// <param name="Version">The version.</param>
/// <param name="Count">How many users.</param>
/// <param name="Encoded">The encoded set, as Groups made it.</param>
internal sealed record RecipientsAtVersion(long Version, long Count, byte[] Encoded);

/// <summary>What Groups says about a group and a sender.</summary>
/// <param name="Set">Null when there is no such group.</param>
/// <param name="SenderIsMember">Whether the sender may send.</param>
internal readonly record struct RecipientsAnswer(RecipientsAtVersion? Set, bool SenderIsMember);

/// <summary>
/// Asks Groups for recipients. Every call is answered by Groups itself, so a change acknowledged before it is seen; the set kept here
/// only spares its transfer while the version stands.
/// </summary>
internal sealed class RecipientSource(GroupsClient groups, IOptions<MessagingOptions> options, TimeProvider clock)
{
    private readonly ConcurrentLru<string, RecipientsAtVersion> _sets = new(
        concurrencyLevel: Environment.ProcessorCount, options.Value.CachedRecipientSets, StringComparer.Ordinal);

    /// <summary>One call.</summary>
    /// <exception cref="RpcException">Groups does not answer, or refuses.</exception>
    public async Task<RecipientsAnswer> GetAsync(string groupId, string senderId, CancellationToken cancellationToken)
    {
        var known = _sets.TryGet(groupId, out var kept) ? kept : null;
        var reply = await groups.GetRecipientsAsync(
            new GetRecipientsRequest { GroupId = groupId, SenderId = senderId, KnownVersion = known?.Version ?? 0 },
            deadline: clock.GetUtcNow().UtcDateTime + options.Value.GroupsTimeout,
            cancellationToken: cancellationToken);
        if (reply.GroupNotFound)
        {
            return default;
        }

        if (!reply.NotModified)
        {
            known = new RecipientsAtVersion(reply.Version, reply.Count, reply.Recipients.ToByteArray());
            _sets.AddOrUpdate(groupId, known);
        }

        return new RecipientsAnswer(known, reply.SenderIsMember);
    }
}
