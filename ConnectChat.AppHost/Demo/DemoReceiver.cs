using System.Collections.Concurrent;
using ConnectChat.Contracts.Hub;
using ConnectChat.LocalCluster.Clients;

namespace ConnectChat.AppHost.Demo;

/// <summary>A member of the demo group that is connected to one gateway, so that a fan-out there has something to deliver.</summary>
internal sealed class DemoReceiver : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<Arrival>> _expected = new(StringComparer.Ordinal);
    private readonly ReceivingClient _client;

    public DemoReceiver(string gateway, Uri address, string token)
    {
        Gateway = gateway;
        _client = new ReceivingClient(address, token, Received);
    }

    /// <summary>The gateway it is connected to.</summary>
    public string Gateway { get; }

    /// <summary>Whether it still is.</summary>
    public bool IsConnected => _client.IsConnected;

    /// <summary>The user that is connected to a gateway.</summary>
    public static string UserOf(string gateway) => $"receiver-{gateway}";

    /// <summary>Connects.</summary>
    public Task ConnectAsync(CancellationToken cancellationToken) => _client.ConnectAsync(cancellationToken);

    /// <summary>Completes when the message with this client id arrives. Called before it is sent.</summary>
    public Task<Arrival> Expect(string clientMessageId) =>
        _expected.GetOrAdd(clientMessageId, _ => new TaskCompletionSource<Arrival>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>No longer waits for a message.</summary>
    public void Forget(string clientMessageId) => _expected.TryRemove(clientMessageId, out _);

    /// <summary>Sends a message to the demo group.</summary>
    public Task SendAsync(string clientMessageId, string body, CancellationToken cancellationToken) =>
        _client.SendAsync(DemoGroup.Id, clientMessageId, body, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private void Received(ChatMessage message)
    {
        if (message.GroupId == DemoGroup.Id && _expected.TryGetValue(message.ClientMessageId, out var expected))
        {
            expected.TrySetResult(new Arrival(message.Sequence, TimeProvider.System.GetTimestamp()));
        }
    }
}

/// <summary>A message came.</summary>
/// <param name="Sequence">Its sequence.</param>
/// <param name="At">When, as a timestamp of <see cref="TimeProvider"/>.</param>
internal readonly record struct Arrival(long Sequence, long At);
