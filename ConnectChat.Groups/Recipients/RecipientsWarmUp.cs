using ConnectChat.Groups.Membership;
using ConnectChat.ServiceDefaults.Health;

namespace ConnectChat.Groups.Recipients;

/// <summary>Rehearses step 5: reads a group, its members and a user, none of which exists.</summary>
internal sealed class RecipientsWarmUp(RecipientReader reader, GroupStore groups, Users.UserDirectory users, TimeProvider clock, ILogger<RecipientsWarmUp> logger)
    : WarmUp(clock, logger)
{
    /// <inheritdoc/>
    protected override async Task RehearseAsync(CancellationToken cancellationToken)
    {
        await reader.ReadAsync(Nobody, cancellationToken);
        await groups.ReadNumbersAsync(Nobody, expected: 0, cancellationToken);
        await users.FindAsync(Nobody, cancellationToken);
    }
}
