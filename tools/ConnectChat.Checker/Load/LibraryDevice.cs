using ConnectChat.Checker.Histories;
using ConnectChat.Client;
using ConnectChat.Contracts.Hub;

namespace ConnectChat.Checker.Load;

/// <summary>A device with the .NET client library, which does everything by itself.</summary>
/// <param name="observer">Writes what it sees.</param>
/// <param name="gateways">Addresses of gateways.</param>
/// <param name="token">Gives a token that is valid now.</param>
/// <param name="messagePack">Whether it speaks MessagePack; otherwise JSON.</param>
internal sealed class LibraryDevice(Observer observer, IReadOnlyList<Uri> gateways, Func<string> token, bool messagePack) : IDevice
{
    private volatile ChatClient? _client;
    private volatile bool _connected;
    private volatile bool _leaving;
    private Task _reading = Task.CompletedTask;

    public Observer Observer => observer;

    public bool IsHere => _client is not null;

    public bool IsConnected => _connected;

    public async Task ComeAsync(CancellationToken cancellationToken)
    {
        var client = new ChatClient(new ChatClientOptions
        {
            Endpoints = gateways,
            TokenProvider = () => Task.FromResult(token()),
            Positions = observer.Positions(),
            UseMessagePack = messagePack,
        });
        _leaving = false;
        client.ConnectionChanged += Changed;
        client.GapReported += gap => observer.TellsGap(gap.GroupId, gap.AfterSequence, gap.Code);
        client.GroupResumed += resume => observer.IsResumed(resume.GroupId, resume.Complete);
        client.MessageRejected += rejection => observer.IsRejected(rejection.GroupId, rejection.ClientMessageId, rejection.Code);
        _reading = ReadAsync(client);
        _client = client;
        await client.ConnectAsync(cancellationToken);
    }

    public async Task LeaveAsync()
    {
        if (Interlocked.Exchange(ref _client, null) is not { } client)
        {
            return;
        }

        _leaving = true;
        await client.DisposeAsync();
        if (_connected)
        {
            _connected = false;
            observer.Disconnected(ofItsOwn: true);
        }

        // What waits in the inbox is still shown: the next life goes on after it.
        await _reading;
    }

    public async Task SendAsync(string group, string clientId, string body, CancellationToken cancellationToken)
    {
        if (_client is not { } client)
        {
            return;
        }

        observer.Begins(group, clientId, body);
        try
        {
            await client.SendAsync(group, body, clientId, cancellationToken);
            observer.IsAccepted(group, clientId);
        }
        catch (ChatException refused)
        {
            observer.IsRefused(group, clientId, refused.Code);
        }
        catch (Exception left) when (left is OperationCanceledException or ObjectDisposedException or IOException)
        {
            observer.GivesUp(group, clientId);
        }
    }

    public async ValueTask DisposeAsync() => await LeaveAsync();

    private void Changed(ConnectionReport report)
    {
        if (report.Change == ConnectionChange.Connected)
        {
            _connected = true;
            observer.Connected($"{report.Endpoint.Port}");
        }
        else if (_connected && !_leaving)
        {
            _connected = false;
            observer.Disconnected(ofItsOwn: false);
        }
    }

    private async Task ReadAsync(ChatClient client)
    {
        await foreach (var message in client.ReadMessagesAsync())
        {
            observer.Shows(message.GroupId, FactsOf(message));
        }
    }

    private static MessageFacts FactsOf(ChatMessage message) => new(
        message.Sequence, message.MessageId, message.SenderId, message.ClientMessageId, message.MembershipVersion, Observer.Digest(message.Body));
}
