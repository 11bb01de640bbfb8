using ConnectChat.Client;
using ConnectChat.Contracts.Hub;
using ConnectChat.LocalCluster.Topologies;
using HdrHistogram;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.LocalCluster.Demo;

/// <summary>
/// One connected member: a plain SignalR connection, not the client library, which would repair what is to be counted here.
/// </summary>
internal sealed class Listener : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly HubConnection _hub;
    private readonly HashSet<long> _seen = [];
    private readonly LongHistogram _latency = new(TimeSpan.FromMinutes(5).Ticks / 10, 3);
    private long _highest;

    public Listener(Uri gateway, string token, Action arrived)
    {
        _hub = new HubConnectionBuilder()
            .WithUrl(new Uri(gateway, HubContract.Path), http =>
            {
                (http.Transports, http.SkipNegotiation) = (HttpTransportType.WebSockets, true);
                http.Proxy = LoopbackHttp.NoProxy;
                http.AccessTokenProvider = () => Task.FromResult<string?>(token);
            })
            .AddMessagePackProtocol()
            .Build();

        // One message at a time, and read only when all is over: nothing to lock.
        _hub.On<ChatMessage>(HubContract.MessageReceived, message => Receive(message, arrived));
    }

    /// <summary>Different messages received.</summary>
    public long Received => _seen.Count;

    /// <summary>Messages received again.</summary>
    public long Duplicated { get; private set; }

    /// <summary>Messages received after a later one.</summary>
    public long Reordered { get; private set; }

    /// <summary>Microseconds from the call of SendMessage.</summary>
    public LongHistogram Latency => _latency;

    /// <summary>Connects as every client does: the first call names the position to go on from.</summary>
    public async Task ConnectAsync(string groupId, CancellationToken cancellationToken)
    {
        await _hub.StartAsync(cancellationToken);
        await _hub.InvokeAsync<IReadOnlyList<ResumeResult>>(
            HubContract.Resume, new[] { new ResumePosition { GroupId = groupId, LastSequence = 0 } }, cancellationToken);
    }

    /// <summary>Sends a message whose body says when; as often as it takes, like every client, when the refusal is one that passes.</summary>
    public async Task SendAsync(string groupId, string clientMessageId, CancellationToken cancellationToken)
    {
        var body = $"{TimeProvider.System.GetTimestamp()}";
        while (true)
        {
            try
            {
                await _hub.InvokeAsync<SendReceipt>(HubContract.SendMessage, groupId, clientMessageId, body, cancellationToken);
                return;
            }
            catch (HubException refused) when (ChatException.IsTransient(ChatException.CodeOf(refused)))
            {
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    private void Receive(ChatMessage message, Action arrived)
    {
        var elapsed = TimeProvider.System.GetElapsedTime(long.Parse(message.Body, System.Globalization.CultureInfo.InvariantCulture));
        _latency.RecordValue(Math.Max(1, elapsed.Ticks / 10));
        if (!_seen.Add(message.Sequence))
        {
            Duplicated++;
            return;
        }

        Reordered += message.Sequence < _highest ? 1 : 0;
        _highest = Math.Max(_highest, message.Sequence);
        arrived();
    }
}
