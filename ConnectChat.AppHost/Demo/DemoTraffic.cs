using System.Collections.Concurrent;
using Confluent.Kafka;
using ConnectChat.AppHost.Platform;
using ConnectChat.LocalCluster.Demo;
using ConnectChat.LocalCluster.Topologies;
using ConnectChat.Records;

namespace ConnectChat.AppHost.Demo;

/// <summary>
/// Messages to the demo group, which has a connected member on every gateway and three who are not connected; and what became of them:
/// at the receivers, and on the topic itself.
/// </summary>
/// <remarks>The receivers stay connected from command to command, so that a message's trace is the only one that a command makes.</remarks>
internal sealed class DemoTraffic(
    IReadOnlyList<IResourceBuilder<ProjectResource>> gateways, Bus kafka, IResourceBuilder<ParameterResource> tokenKey) : IAsyncDisposable
{
    private static readonly string[] Absent = ["absent-1", "absent-2", "absent-3"];
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, DemoReceiver> _receivers = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _one = new(1);
    private bool _membersAdded;

    /// <summary>The group, through one gateway.</summary>
    public async Task<DemoGroup> GroupAsync(string gateway, CancellationToken cancellationToken) =>
        new(AddressOf(gateway), await TokensAsync(cancellationToken));

    /// <summary>Sends messages through one gateway and waits until every receiver has each.</summary>
    /// <exception cref="DemoException">It could not be done; the message says what failed.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public async Task<DemoOutcome> SendAsync(string gateway, int count, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await AddMembersAsync(gateway, cancellationToken);
            var receivers = await ConnectAsync(cancellationToken);
            var sender = receivers.FirstOrDefault(receiver => receiver.Gateway == gateway) ?? throw new DemoException($"{gateway} takes no connection");
            var published = new ConcurrentBag<Message<string, byte[]>>();
            var bootstrapServers = await kafka.Address.GetValueAsync(cancellationToken);
            using var counter = await Task.Run(() => new OutgoingCounter(bootstrapServers!, published.Add), cancellationToken);
            var messages = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => SendAsync(sender, receivers, cancellationToken)));
            await Task.Run(() => counter.CatchUp(cancellationToken), cancellationToken);
            return Outcome(gateway, receivers, messages, published);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var receiver in _receivers.Values)
        {
            await receiver.DisposeAsync();
        }

        _one.Dispose();
    }

    private static async Task<DemoMessage> SendAsync(DemoReceiver sender, IReadOnlyList<DemoReceiver> receivers, CancellationToken cancellationToken)
    {
        var id = $"demo-{Guid.CreateVersion7():N}";
        var arrivals = receivers.Select(receiver => receiver.Expect(id)).ToList();
        try
        {
            var began = TimeProvider.System.GetTimestamp();
            await sender.SendAsync(id, "Hello from the dashboard", cancellationToken);
            var accepted = TimeProvider.System.GetElapsedTime(began);
            var arrived = await Task.WhenAll(arrivals).WaitAsync(cancellationToken);
            return new DemoMessage(id, arrived[0].Sequence, accepted, [.. arrived.Select(arrival => TimeProvider.System.GetElapsedTime(began, arrival.At))]);
        }
        finally
        {
            foreach (var receiver in receivers)
            {
                receiver.Forget(id);
            }
        }
    }

    private static DemoOutcome Outcome(
        string gateway, IReadOnlyList<DemoReceiver> receivers, DemoMessage[] messages, IReadOnlyCollection<Message<string, byte[]>> published)
    {
        var ids = messages.Select(message => message.ClientMessageId).ToHashSet(StringComparer.Ordinal);
        var records = published.Where(record => record.Key == DemoGroup.Id && ids.Contains(OutgoingRecordCodec.Event(record).ClientMessageId)).ToList();
        return new DemoOutcome
        {
            SentThrough = gateway,
            Gateways = [.. receivers.Select(receiver => receiver.Gateway)],
            Messages = messages,
            Records = records.Count,
            Recipients = records.Count == 0 ? 0 : (int)OutgoingRecordCodec.RecipientCount(records[0]),
            TraceId = records.Count == 1 ? OutgoingRecordCodec.TraceId(records[0]) : null,
        };
    }

    private async Task AddMembersAsync(string gateway, CancellationToken cancellationToken)
    {
        if (_membersAdded)
        {
            return;
        }

        using var group = await GroupAsync(gateway, cancellationToken);
        await group.EnsureAsync(cancellationToken);
        await group.AddAsync([.. gateways.Select(each => DemoReceiver.UserOf(each.Resource.Name)), .. Absent], cancellationToken);
        _membersAdded = true;
    }

    // Gateways that are down have no receiver; the result says which took part.
    private async Task<IReadOnlyList<DemoReceiver>> ConnectAsync(CancellationToken cancellationToken)
    {
        var connected = await Task.WhenAll(gateways.Select(gateway => ConnectAsync(gateway.Resource.Name, cancellationToken)));
        return [.. connected.OfType<DemoReceiver>()];
    }

    private async Task<DemoReceiver?> ConnectAsync(string gateway, CancellationToken cancellationToken)
    {
        if (_receivers.TryGetValue(gateway, out var receiver))
        {
            if (receiver.IsConnected)
            {
                return receiver;
            }

            _receivers.TryRemove(gateway, out _);
            await receiver.DisposeAsync();
        }

        var tokens = await TokensAsync(cancellationToken);
        receiver = new DemoReceiver(gateway, AddressOf(gateway), tokens.Mint(DemoReceiver.UserOf(gateway), TokenLifetime, TimeProvider.System));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(ConnectTimeout);
        try
        {
            await receiver.ConnectAsync(deadline.Token);
            return _receivers[gateway] = receiver;
        }
        catch (Exception down) when (down is HttpRequestException or IOException or System.Net.WebSockets.WebSocketException or OperationCanceledException)
        {
            await receiver.DisposeAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    private async Task<UserTokens> TokensAsync(CancellationToken cancellationToken) => new(await tokenKey.Resource.GetValueAsync(cancellationToken) ?? "");

    private Uri AddressOf(string gateway) => new(gateways.Single(each => each.Resource.Name == gateway).GetEndpoint("http").Url);
}
