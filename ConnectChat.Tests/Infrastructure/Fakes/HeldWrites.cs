using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.Tests.Infrastructure.Fakes;

/// <summary>The real client, whose transactions about one group wait until a test lets them go.</summary>
internal sealed class HeldWrites(Uri store, string groupId, Task gate) : AmazonDynamoDBClient(
    "local", "local", new AmazonDynamoDBConfig { ServiceURL = store.ToString(), AuthenticationRegion = "eu-central-1" })
{
    /// <summary>A transaction waits.</summary>
    public TaskCompletionSource Waits { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes the place of a host's client.</summary>
    public void Replace(IServiceCollection services) => services.AddSingleton<IAmazonDynamoDB>(this);

    public override async Task<TransactWriteItemsResponse> TransactWriteItemsAsync(
        TransactWriteItemsRequest request, CancellationToken cancellationToken = default)
    {
        if (request.TransactItems.Any(write => (write.Put?.Item ?? write.ConditionCheck.Key)["PK"].S == $"G#{groupId}"))
        {
            Waits.TrySetResult();
            await gate.WaitAsync(cancellationToken);
        }

        return await base.TransactWriteItemsAsync(request, cancellationToken);
    }
}
