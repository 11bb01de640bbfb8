using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ConnectChat.Groups.Storage;
using ConnectChat.ServiceDefaults.DynamoDb;
using Microsoft.Extensions.Options;

namespace ConnectChat.Groups.Users;

/// <summary>Hands out user numbers, each once, from blocks that the counter in the store gives to this instance alone.</summary>
/// <remarks>Numbers that an instance does not use before it ends stay unused: gaps cost a bit or two, a number given twice would cost privacy.</remarks>
internal sealed class UserNumberAllocator(
    IAmazonDynamoDB store, GroupsTable table, TableOrigin origin, IOptions<GroupsOptions> options) : IDisposable
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

    /// <summary>Leaves out the rest of the block that a number is from.</summary>
    public async Task SkipAsync(uint number, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            // A number above the last is from a block that was used up meanwhile.
            _next = number < _next && number > _last - options.Value.UserNumberBlock ? _last + 1 : _next;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task TakeBlockAsync(int size, CancellationToken cancellationToken)
    {
        // The counter of a copy still has the id of the table before; the condition is for a copy that another instance has taken.
        await origin.RequireSameAsync(cancellationToken);
        var request = new UpdateItemRequest
        {
            TableName = table.Name,
            Key = GroupsTable.Counter(),
            UpdateExpression = "ADD #last :size",
            ConditionExpression = "#table = :table",
            ExpressionAttributeNames = new() { ["#last"] = GroupsTable.Last, ["#table"] = GroupsTable.TableId },
            ExpressionAttributeValues = new()
            {
                [":size"] = Attributes.Number(size),
                [":table"] = Attributes.Text(await origin.IdAsync(cancellationToken)),
            },
            ReturnValues = ReturnValue.UPDATED_NEW,
        };
        try
        {
            var last = (await store.UpdateItemAsync(request, cancellationToken)).Attributes.Number(GroupsTable.Last);
            (_next, _last) = last <= uint.MaxValue
                ? (last - size + 1, last)
                : throw new InvalidOperationException("All user numbers are given out.");
        }
        catch (ConditionalCheckFailedException)
        {
            throw origin.Replaced();
        }
    }
}
