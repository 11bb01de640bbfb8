using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Groups.Storage;
using ConnectChat.ServiceDefaults.DynamoDb;
using Microsoft.Extensions.Options;

namespace ConnectChat.Groups.Users;

/// <summary>Hands out user numbers, each once, from blocks that the counter in the store gives to this instance alone.</summary>
/// <remarks>Numbers that an instance does not use before it ends stay unused: gaps cost a bit or two, a number given twice would cost privacy.</remarks>
internal sealed class UserNumberAllocator(IAmazonDynamoDB store, GroupsTable table, IOptions<GroupsOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private long _next = 1;
    private long _last;

    /// <summary>So many numbers that nobody else gets.</summary>
    /// <exception cref="InvalidOperationException">All 32-bit numbers are given out.</exception>
    public async Task<uint[]> TakeAsync(int count, CancellationToken cancellationToken)
    {
        var numbers = new uint[count];
        await _gate.WaitAsync(cancellationToken);
        try
        {
            for (var i = 0; i < count; i++)
            {
                if (_next > _last)
                {
                    await TakeBlockAsync(Math.Max(options.Value.UserNumberBlock, count - i), cancellationToken);
                }

                numbers[i] = checked((uint)_next++);
            }
        }
        finally
        {
            _gate.Release();
        }

        return numbers;
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task TakeBlockAsync(int size, CancellationToken cancellationToken)
    {
        var response = await store.UpdateItemAsync(
            new UpdateItemRequest
            {
                TableName = table.Name,
                Key = GroupsTable.Counter(),
                UpdateExpression = "ADD #last :size",
                ExpressionAttributeNames = new() { ["#last"] = GroupsTable.Last },
                ExpressionAttributeValues = new() { [":size"] = Attributes.Number(size) },
                ReturnValues = ReturnValue.UPDATED_NEW,
            },
            cancellationToken);
        var last = response.Attributes.Number(GroupsTable.Last);
        if (last > uint.MaxValue)
        {
            throw new InvalidOperationException("All user numbers are given out.");
        }

        (_next, _last) = (last - size + 1, last);
    }
}
