using System.Reflection;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Messaging.History;
using ConnectChat.Records;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.Tests.Infrastructure.Fakes;

/// <summary>Where the refusal of a send stops for ever.</summary>
internal enum KillPlace
{
    BeforeWrite,
    AfterWrite,
    BeforeTelling,
    AfterTelling,
    BeforeCommit,
}

/// <summary>
/// Stops the work on refusals of one group at one place, as a kill does there: what was done until then is done, nothing follows. Whoever is
/// stopped ends when its host does. Records of earlier groups may be read again meanwhile, and pass.
/// </summary>
internal sealed class KillPoint
{
    private volatile TaskCompletionSource _reached = new();
    private volatile KillPlace _place = KillPlace.BeforeCommit;
    private volatile string _group = "";

    /// <summary>Completes when somebody stopped at the place.</summary>
    public Task Reached => _reached.Task;

    /// <summary>From now on work stops here. Who was stopped before stays so.</summary>
    public void Arm(KillPlace place, string group) =>
        (_reached, _group, _place) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), group, place);

    /// <summary>Takes the place of a host's clients.</summary>
    public void Replace(IServiceCollection services, string store)
    {
        var producer = services.Last(service => service.ServiceType == typeof(IProducer<string, byte[]>)).ImplementationFactory!;
        services.AddSingleton(provider => StoppingProducer.Of((IProducer<string, byte[]>)producer(provider), this));
        services.AddSingleton<IAmazonDynamoDB>(_ => new StoppingStore(store, this));
    }

    private async Task PassAsync(KillPlace place, string? key, CancellationToken cancellationToken)
    {
        if (place == _place && key?.Contains(_group, StringComparison.Ordinal) == true)
        {
            _reached.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }

    private sealed class StoppingStore(string store, KillPoint point) : AmazonDynamoDBClient(
        "local", "local", new AmazonDynamoDBConfig { ServiceURL = store, AuthenticationRegion = "eu-central-1" })
    {
        public override async Task<TransactWriteItemsResponse> TransactWriteItemsAsync(
            TransactWriteItemsRequest request, CancellationToken cancellationToken = default)
        {
            if (request.TransactItems.Find(write => write.Put?.Item.ContainsKey(HistoryItem.Refusal) == true) is not { } refusal)
            {
                return await base.TransactWriteItemsAsync(request, cancellationToken);
            }

            var key = refusal.Put.Item[HistoryKeys.Partition].S;
            await point.PassAsync(KillPlace.BeforeWrite, key, cancellationToken);
            var written = await base.TransactWriteItemsAsync(request, cancellationToken);
            await point.PassAsync(KillPlace.AfterWrite, key, cancellationToken);
            return written;
        }
    }

    /// <summary>A producer has many methods, and one that matters here.</summary>
#pragma warning disable CA1852 // What the runtime derives from cannot be sealed.
    internal class StoppingProducer : DispatchProxy
#pragma warning restore CA1852
    {
        private IProducer<string, byte[]> _inner = null!;
        private KillPoint _point = null!;

        public static IProducer<string, byte[]> Of(IProducer<string, byte[]> inner, KillPoint point)
        {
            var proxy = Create<IProducer<string, byte[]>, StoppingProducer>();
            ((StoppingProducer)(object)proxy)._inner = inner;
            ((StoppingProducer)(object)proxy)._point = point;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            args is [string topic, Message<string, byte[]> record, CancellationToken token]
            && OutgoingRecordCodec.Header(record, RecordHeaders.Kind) == EventKind.Rejection
                ? ProduceAsync(topic, record, token)
                : targetMethod!.Invoke(_inner, args);

        private async Task<DeliveryResult<string, byte[]>> ProduceAsync(string topic, Message<string, byte[]> record, CancellationToken token)
        {
            await _point.PassAsync(KillPlace.BeforeTelling, record.Key, token);
            var told = await _inner.ProduceAsync(topic, record, token);
            await _point.PassAsync(KillPlace.AfterTelling, record.Key, token);
            return told;
        }
    }
}
