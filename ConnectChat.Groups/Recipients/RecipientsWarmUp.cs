using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Groups.Membership;
using ConnectChat.Groups.Storage;
using ConnectChat.Groups.Users;
using ConnectChat.ServiceDefaults.DynamoDb;
using ConnectChat.ServiceDefaults.Readiness;

namespace ConnectChat.Groups.Recipients;

/// <summary>
/// Runs the code of GetRecipients once before the service is ready: reads a group, a user and members. The members are those of a group
/// that cannot exist (its id is no identifier), written here because an empty page would leave the reading of items to the first real
/// group; it also proves that the table takes writes.
/// </summary>
internal sealed class RecipientsWarmUp(
    IAmazonDynamoDB store,
    GroupsTable table,
    RecipientReader reader,
    GroupStore groups,
    UserDirectory users,
    TimeProvider clock,
    ILogger<RecipientsWarmUp> logger) : WarmUp(clock, logger)
{
    private const string Unreachable = "#warm-up";

    // As many as one BatchWriteItem takes; read often enough that the runtime compiles the reading of an item properly.
    private const int Members = 25;
    private const int Reads = 5;

    /// <inheritdoc/>
    protected override async Task RehearseAsync(CancellationToken cancellationToken)
    {
        await store.BatchWriteItemAsync(
            new BatchWriteItemRequest { RequestItems = new() { [table.Name] = [.. Enumerable.Range(1, Members).Select(Member)] } }, cancellationToken);
        for (var i = 0; i < Reads; i++)
        {
            await reader.ReadAsync(Nobody, cancellationToken);
            await groups.ReadNumbersAsync(Unreachable, Members, cancellationToken);
        }

        await users.FindAsync(Nobody, cancellationToken);
    }

    private static WriteRequest Member(int number)
    {
        var item = GroupsTable.Member(Unreachable, (uint)number);
        item[GroupsTable.Number] = Attributes.Number(number);
        return new WriteRequest { PutRequest = new PutRequest { Item = item } };
    }
}
