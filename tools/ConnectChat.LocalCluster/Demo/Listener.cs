using System.Globalization;
using ConnectChat.Contracts.Hub;
using ConnectChat.LocalCluster.Clients;
using HdrHistogram;

namespace ConnectChat.LocalCluster.Demo;

/// <summary>One connected member that counts what it gets. Every message of its group has the time of its sending as body.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly ReceivingClient _client;
    private readonly LongHistogram _latency = new(TimeSpan.FromMinutes(5).Ticks / 10, 3);

    // One message at a time, and read only when all is over: nothing to lock.
    public Listener(Uri gateway, string token, Action arrived) => _client = new ReceivingClient(gateway, token, message => Receive(message, arrived));

    /// <summary>What it got.</summary>
    public DeliveryCount Deliveries { get; } = new();

    /// <summary>Microseconds from the call of SendMessage.</summary>
    public LongHistogram Latency => _latency;

    /// <summary>Connects as every client does: the first call names the position to go on from.</summary>
    public async Task ConnectAsync(string groupId, CancellationToken cancellationToken)
    {
        await _client.ConnectAsync(cancellationToken);
        await _client.ResumeAsync(groupId, lastSequence: 0, cancellationToken);
    }

    /// <summary>Sends a message whose body says when.</summary>
    public Task SendAsync(string groupId, string clientMessageId, CancellationToken cancellationToken) =>
        _client.SendAsync(groupId, clientMessageId, $"{TimeProvider.System.GetTimestamp()}", cancellationToken);

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private void Receive(ChatMessage message, Action arrived)
    {
        var elapsed = TimeProvider.System.GetElapsedTime(long.Parse(message.Body, CultureInfo.InvariantCulture));
        _latency.RecordValue(Math.Max(1, elapsed.Ticks / 10));
        if (Deliveries.Add(message.Sequence))
        {
            arrived();
        }
    }
}
