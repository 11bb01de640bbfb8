using System.Collections.Concurrent;
using System.Globalization;
using ConnectChat.Client;
using ConnectChat.Contracts;
using ConnectChat.Contracts.History;
using ConnectChat.Contracts.Hub;
using Grpc.Core;
using Grpc.Net.Client;
using HistoryClient = ConnectChat.Contracts.History.History.HistoryClient;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>
/// Four overlapping groups of eight users on all gateways. Everyone sends to their groups and listens, until told to end; then the
/// promises are compared with what everyone got and with history.
/// </summary>
internal sealed class Traffic : IAsyncDisposable
{
    private const int GroupCount = 4;
    private const int UserCount = 8;
    private const string End = "end";
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private readonly TopologyFixture _fixture;
    private readonly CancellationToken _cancellationToken;
    private readonly List<string> _users = TopologyFixture.Users("traffic", UserCount);
    private readonly List<string> _groups = [];
    private readonly List<ChatClient> _clients = [];
    private readonly ConcurrentQueue<(string Group, string ClientMessageId)> _accepted = [];
    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _acceptances = new(0);
    private readonly List<Task<Dictionary<string, List<ChatMessage>>>> _reading = [];
    private Task _sending = Task.CompletedTask;

    private Traffic(TopologyFixture fixture, CancellationToken cancellationToken) => (_fixture, _cancellationToken) = (fixture, cancellationToken);

    public static async Task<Traffic> StartAsync(TopologyFixture fixture, CancellationToken cancellationToken)
    {
        var traffic = new Traffic(fixture, cancellationToken);
        await traffic.StartAsync();
        return traffic;
    }

    /// <summary>Returns when so many more messages were accepted.</summary>
    public async Task FlowsAsync(int messages)
    {
        for (; messages > 0; messages--)
        {
            await _acceptances.WaitAsync(_cancellationToken);
        }
    }

    /// <summary>
    /// Ends the traffic, and fails unless every member of a group got every accepted message of it once, all in one order, which is
    /// history's.
    /// </summary>
    public async Task AssertPromisesAsync()
    {
        await _ending.CancelAsync();
        await _sending;

        // Sent when all others are accepted, so the last of its group.
        await Task.WhenAll(_groups.Select((group, number) => SendAsync(number, group, End)));
        var received = await Task.WhenAll(_reading);

        var history = new HistoryClient(GrpcChannel.ForAddress(_fixture.Topology.Messaging));
        foreach (var (group, number) in _groups.Select((group, number) => (group, number)))
        {
            var members = MembersOf(number).ToList();
            var first = received[members[0]][group];
            Assert.Equal(Enumerable.Range(1, first.Count).Select(sequence => (long)sequence), first.Select(message => message.Sequence));
            Assert.Equal(
                _accepted.Where(sent => sent.Group == group).Select(sent => sent.ClientMessageId).Order(),
                first.Select(message => message.ClientMessageId).Order());
            Assert.All(first.GroupBy(message => message.SenderId), InOrderOfSending);
            Assert.All(members, member => Assert.Equal(Identities(first), Identities(received[member][group])));
            Assert.Equal(Identities(first), Identities(await FromHubAsync(_clients[members[1]], group)));
            Assert.Equal(Identities(first), await FromMessagingAsync(history, group, _users[members[0]]));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_clients.Select(client => client.DisposeAsync().AsTask()));
        _ending.Dispose();
        _acceptances.Dispose();
    }

    private static IEnumerable<int> MembersOf(int group) => Enumerable.Range(0, UserCount).Where(user => GroupsOf(user).Contains(group));

    private static int[] GroupsOf(int user) => [user % GroupCount, (user + 1) % GroupCount];

    // The client sends to one group one after another.
    private static void InOrderOfSending(IGrouping<string, ChatMessage> sender)
    {
        var numbers = sender.Where(message => message.Body != End).Select(message => int.Parse(message.Body, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(numbers.Order(), numbers);
    }

    private static List<(long, string, string)> Identities(IEnumerable<ChatMessage> messages) =>
        [.. messages.Select(message => (message.Sequence, message.MessageId, message.ClientMessageId))];

    private async Task StartAsync()
    {
        for (var group = 0; group < GroupCount; group++)
        {
            _groups.Add(await _fixture.CreateGroupAsync([.. MembersOf(group).Select(user => _users[user])], _cancellationToken));
        }

        foreach (var user in _users)
        {
            _clients.Add(await _fixture.ConnectAsync(user, _cancellationToken));
        }

        _reading.AddRange(Enumerable.Range(0, UserCount).Select(ReadAsync));
        _sending = Task.WhenAll(Enumerable.Range(0, UserCount).Select(SendUntilEndAsync));
    }

    private async Task SendUntilEndAsync(int user)
    {
        using var timer = new PeriodicTimer(Pace);
        for (var i = 0; !_ending.IsCancellationRequested; i++)
        {
            await SendAsync(user, _groups[GroupsOf(user)[i % 2]], $"{i}");
            await timer.WaitForNextTickAsync(_cancellationToken);
        }
    }

    private async Task SendAsync(int user, string group, string body)
    {
        var receipt = await _clients[user].SendAsync(group, body, $"{user}-{body}", _cancellationToken);
        _accepted.Enqueue((group, receipt.ClientMessageId));
        _acceptances.Release();
    }

    private async Task<Dictionary<string, List<ChatMessage>>> ReadAsync(int user)
    {
        var received = GroupsOf(user).ToDictionary(group => _groups[group], _ => new List<ChatMessage>());
        await foreach (var message in _clients[user].ReadMessagesAsync(_cancellationToken))
        {
            received[message.GroupId].Add(message);
            if (received.Values.All(messages => messages is [.., { Body: End }]))
            {
                break;
            }
        }

        return received;
    }

    private async Task<List<ChatMessage>> FromHubAsync(ChatClient client, string group)
    {
        var all = new List<ChatMessage>();
        while (true)
        {
            var page = await client.GetHistoryAsync(
                group, new HistoryPosition { After = all.LastOrDefault()?.Sequence ?? 0 }, Limits.HistoryPage, _cancellationToken);
            all.AddRange(page.Messages);
            if (page.EndOfHistory)
            {
                return all;
            }
        }
    }

    private async Task<List<(long, string, string)>> FromMessagingAsync(HistoryClient history, string group, string reader)
    {
        var all = new List<(long, string, string)>();
        while (true)
        {
            var request = new ReadHistoryRequest { GroupId = group, ReaderId = reader, AfterSequence = all.LastOrDefault().Item1, Limit = Limits.HistoryPage };
            using var call = history.Read(request, _fixture.ServiceToken(Contracts.History.History.Descriptor), cancellationToken: _cancellationToken);
            await foreach (var reply in call.ResponseStream.ReadAllAsync(_cancellationToken))
            {
                all.AddRange(reply.Messages.Select(message => (message.Sequence, message.MessageId, message.ClientMessageId)));
                if (reply.EndOfHistory)
                {
                    return all;
                }
            }
        }
    }
}
