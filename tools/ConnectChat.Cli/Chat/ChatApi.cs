using ConnectChat.Client;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.LocalCluster.Clients;

namespace ConnectChat.Cli.Chat;

/// <summary>What a chat asks the gateways' REST API for.</summary>
internal sealed class ChatApi(ChatAccess access, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly GatewayApi _gateways = new(new HttpClient { Timeout = Patience }, access.Gateways, access.Token, Patience, clock);

    /// <summary>Enters a group, joins one that the user left and is invited to, and creates one that does not exist.</summary>
    /// <returns>True: created. False: the user was a member, or is one again. Null: it exists, and the user is no member.</returns>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public async Task<bool?> EnterAsync(string groupId, CancellationToken cancellationToken)
    {
        try
        {
            await _gateways.MemberCountAsync(groupId, cancellationToken);
            return false;
        }
        catch (ChatException shut) when (shut.Code == ErrorCodes.NotAMember)
        {
            // Outsiders are not told whether it exists; only whoever tries to create it is.
        }

        try
        {
            await _gateways.JoinAsync(groupId, cancellationToken);
            return false;
        }
        catch (ChatException shut) when (shut.Code == ErrorCodes.NotAMember)
        {
            // Not invited either.
        }

        try
        {
            await _gateways.CreateGroupAsync(groupId, groupId, cancellationToken);
            return true;
        }
        catch (ChatException taken) when (taken.Code == ErrorCodes.GroupExists)
        {
            return null;
        }
    }

    /// <summary>The newest messages, oldest first.</summary>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public async Task<IReadOnlyList<ChatMessage>> HistoryAsync(string groupId, int count, CancellationToken cancellationToken) =>
        [.. (await _gateways.HistoryAsync(groupId, count, cancellationToken)).Reverse()];

    /// <summary>The first members, and how many there are.</summary>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public async Task<(long Count, IReadOnlyList<GatewayApi.Member> First)> MembersAsync(string groupId, int most, CancellationToken cancellationToken)
    {
        var count = await _gateways.MemberCountAsync(groupId, cancellationToken);
        return (count, await _gateways.MembersAsync(groupId, most, cancellationToken));
    }

    /// <summary>Adds a user. False: it was a member already. Null: it left the group by itself, or blocks it or this user.</summary>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public async Task<bool?> AddAsync(string groupId, string user, CancellationToken cancellationToken)
    {
        var added = await _gateways.AddMembersAsync(groupId, [user], cancellationToken);
        return added.Declined.Count > 0 ? null : added.Changed > 0;
    }

    /// <summary>Removes a user. False: it was no member.</summary>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public async Task<bool> RemoveAsync(string groupId, string user, CancellationToken cancellationToken) =>
        await _gateways.RemoveMembersAsync(groupId, [user], cancellationToken) > 0;

    /// <inheritdoc/>
    public void Dispose() => _gateways.Dispose();
}
