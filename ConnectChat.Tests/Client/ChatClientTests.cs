using System.Collections.Concurrent;
using ConnectChat.Client;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Tests.Infrastructure;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Tests.Client;

public sealed class ChatClientTests : IAsyncLifetime
{
    private const string Group = "team";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(25);

    private readonly SharedHistory _history = new();
    private readonly List<ChatClient> _clients = [];
    private FakeGateway _first = null!;
    private FakeGateway _second = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _history.Create(Group);
        _first = await FakeGateway.StartAsync(_history);
        _second = await FakeGateway.StartAsync(_history);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Live_messages_arrive_in_order_in_either_protocol(bool messagePack)
    {
        var client = Client(options => options with { UseMessagePack = messagePack });
        await client.ConnectAsync(Token);

        await LiveAsync(3);

        Assert.Equal([1, 2, 3], await TakeAsync(client, 3));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_new_client_gets_the_history_of_the_groups_that_the_gateway_names()
    {
        Append(5);
        var client = Client();
        await client.ConnectAsync(Token);

        Assert.Equal([1, 2, 3, 4, 5], await TakeAsync(client, 5));
    }

    [Fact(Timeout = 30_000)]
    public async Task Restored_positions_are_where_it_goes_on()
    {
        Append(5);
        var client = Client(options => options with { Positions = new Dictionary<string, long> { [Group] = 3 } });
        await client.ConnectAsync(Token);

        Assert.Equal([4, 5], await TakeAsync(client, 2));
        Assert.Equal(3, _first.Resumes.Concat(_second.Resumes).First().LastSequence);
    }

    [Fact(Timeout = 30_000)]
    public async Task Positions_count_a_message_only_once_the_application_asks_for_the_next()
    {
        Append(2);
        var client = Client();
        await client.ConnectAsync(Token);
        await using var messages = client.ReadMessagesAsync(Token).GetAsyncEnumerator(Token);

        Assert.True(await messages.MoveNextAsync());
        Assert.Equal(0, client.Positions[Group]);
        Assert.True(await messages.MoveNextAsync());
        Assert.Equal(1, client.Positions[Group]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_dropped_message_is_brought_back_by_a_resume()
    {
        var client = Client();
        await client.ConnectAsync(Token);
        await LiveAsync(2);
        Append(1);
        await LiveAsync(1);

        Assert.Equal([1, 2, 3, 4], await TakeAsync(client, 4));
    }

    [Fact(Timeout = 30_000)]
    public async Task Repeated_and_reordered_messages_come_out_once_and_in_order()
    {
        var client = Client();
        await client.ConnectAsync(Token);
        var messages = Append(40);
        foreach (var message in messages.Concat(messages).OrderBy(message => (message.Sequence * 7919) % 41))
        {
            await LiveAsync(message);
        }

        Assert.Equal(Enumerable.Range(1, 40).Select(number => (long)number), await TakeAsync(client, 40));
        await LiveAsync(1);
        Assert.Equal([41], await TakeAsync(client, 1));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_replay_longer_than_one_resume_goes_on_until_it_is_complete()
    {
        _first.MostPerResume = _second.MostPerResume = 3;
        Append(10);
        var client = Client();
        await client.ConnectAsync(Token);

        Assert.Equal(Enumerable.Range(1, 10).Select(number => (long)number), await TakeAsync(client, 10));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_lost_connection_is_replaced_and_what_was_missed_is_resumed()
    {
        var client = Client();
        await client.ConnectAsync(Token);
        await LiveAsync(2);
        Assert.Equal([1, 2], await TakeAsync(client, 2));

        _first.CutAll();
        _second.CutAll();
        Append(2);

        Assert.Equal([3, 4], await TakeAsync(client, 2));
        Assert.Equal(2, client.Connections);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_draining_gateway_is_left_for_the_next_one_after_the_pause_it_asks_for()
    {
        var client = Client();
        await client.ConnectAsync(Token);
        var (left, next) = _first.Connected > 0 ? (_first, _second) : (_second, _first);
        var started = TimeProvider.System.GetTimestamp();

        await left.DrainAsync(300);
        Append(1);

        Assert.Equal([1], await TakeAsync(client, 1));
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds, 300, 4_000);
        Assert.Equal(1, next.Connected);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(ErrorCodes.NotAMember)]
    [InlineData(ErrorCodes.NotFound)]
    public async Task A_gap_that_cannot_be_replayed_is_reported_and_live_messages_go_on(string code)
    {
        var gaps = new ConcurrentQueue<GapReport>();
        var client = Client();
        client.GapReported += gaps.Enqueue;
        await client.ConnectAsync(Token);
        await LiveAsync(2);
        Assert.Equal([1, 2], await TakeAsync(client, 2));

        _first.ResumeCode = _second.ResumeCode = _ => code;
        var reported = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.GapReported += _ => reported.TrySetResult();
        Append(1);
        await LiveAsync(1);
        await reported.Task.WaitAsync(Deadline, Token);
        await LiveAsync(2);

        // The fourth showed the gap, and was meant for this user as well (C5).
        Assert.Equal([4, 5, 6], await TakeAsync(client, 3));
        Assert.Equal(new GapReport(Group, 2, code), Assert.Single(gaps));
    }

    [Fact(Timeout = 30_000)]
    public async Task An_announced_message_that_history_never_brings_is_reported()
    {
        var reported = new TaskCompletionSource<GapReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        var client = Client();
        client.GapReported += reported.SetResult;
        await client.ConnectAsync(Token);
        await LiveAsync(1);

        await LiveAsync(_history.After(Group, 0)[0] with { Sequence = 9, PreviousSequence = 8 });

        Assert.Equal(new GapReport(Group, 1, GapReport.NotReplayed), await reported.Task.WaitAsync(Deadline, Token));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_resume_that_fails_for_now_is_tried_again()
    {
        Append(2);
        var failures = 2;
        _first.ResumeCode = _second.ResumeCode = _ => Interlocked.Decrement(ref failures) >= 0 ? ErrorCodes.Unavailable : null;
        var client = Client();
        await client.ConnectAsync(Token);

        Assert.Equal([1, 2], await TakeAsync(client, 2));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_send_is_repeated_with_the_same_id_until_it_is_accepted()
    {
        var failures = 3;
        _first.SendFailure = _second.SendFailure = _ => Interlocked.Decrement(ref failures) >= 0 ? new HubException($"{ErrorCodes.Unavailable}: no bus") : null;
        var client = Client();
        await client.ConnectAsync(Token);

        var receipt = await client.SendAsync(Group, "hello", "mine", Token);

        Assert.Equal("mine", receipt.ClientMessageId);
        Assert.Equal(["mine", "mine", "mine", "mine"], _first.Sends.Concat(_second.Sends));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_send_outlives_the_connection_it_started_on()
    {
        var cut = 0;
        _first.SendFailure = _second.SendFailure = _ =>
        {
            if (Interlocked.Exchange(ref cut, 1) == 0)
            {
                _first.CutAll();
                _second.CutAll();
                return new HubException($"{ErrorCodes.Internal}: lost");
            }

            return null;
        };
        var client = Client();
        await client.ConnectAsync(Token);

        Assert.Equal("mine", (await client.SendAsync(Group, "hello", "mine", Token)).ClientMessageId);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_refusal_for_good_ends_the_send_with_its_code()
    {
        _first.SendFailure = _second.SendFailure = _ => new HubException($"{ErrorCodes.BodyTooLarge}: 70000 bytes");
        var client = Client();
        await client.ConnectAsync(Token);

        var refused = await Assert.ThrowsAsync<ChatException>(() => client.SendAsync(Group, "hello", "mine", Token));

        Assert.Equal(ErrorCodes.BodyTooLarge, refused.Code);
        Assert.Single(_first.Sends.Concat(_second.Sends));
    }

    [Fact(Timeout = 30_000)]
    public async Task Sends_of_one_group_leave_in_the_order_of_the_calls()
    {
        var client = Client();
        await client.ConnectAsync(Token);
        var ids = Enumerable.Range(0, 50).Select(number => $"m{number}").ToList();

        await Task.WhenAll(ids.Select(id => client.SendAsync(Group, "hello", id, Token)).ToList());

        Assert.Equal(ids, _first.Sends.Concat(_second.Sends));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_rejection_is_told()
    {
        var rejected = new TaskCompletionSource<MessageRejection>(TaskCreationOptions.RunContinuationsAsynchronously);
        var client = Client();
        client.MessageRejected += rejected.SetResult;
        await client.ConnectAsync(Token);
        var rejection = new MessageRejection { GroupId = Group, ClientMessageId = "mine", Code = ErrorCodes.NotAMember };

        await Task.WhenAll(_first.RejectAsync(rejection), _second.RejectAsync(rejection));

        Assert.Equal(rejection, await rejected.Task.WaitAsync(Deadline, Token));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_refused_token_ends_the_client_with_a_clear_error()
    {
        var asked = 0;
        _first.Admits = _second.Admits = _ => false;
        var client = Client(options => options with { TokenProvider = () => Task.FromResult($"bad{Interlocked.Increment(ref asked)}") });

        var refused = await Assert.ThrowsAsync<ChatException>(() => client.ConnectAsync(Token));

        Assert.Equal(ErrorCodes.Unauthenticated, refused.Code);
        Assert.Equal(2, asked);
        Assert.Equal(ErrorCodes.Unauthenticated, (await Assert.ThrowsAsync<ChatException>(() => TakeAsync(client, 1))).Code);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_becomes_of_the_connection_is_told_and_how_much_a_resume_brought()
    {
        var changes = new ConcurrentQueue<ConnectionReport>();
        var resumes = new ConcurrentQueue<ResumeReport>();
        var client = Client();
        client.ConnectionChanged += changes.Enqueue;
        client.GroupResumed += resumes.Enqueue;
        await client.ConnectAsync(Token);
        var (first, second) = _first.Connected > 0 ? (_first, _second) : (_second, _first);
        var (here, there) = (first.Endpoint, second.Endpoint);
        await LiveAsync(1);
        Assert.Equal([1], await TakeAsync(client, 1));

        await first.DrainAsync(10);
        Append(2);
        Assert.Equal([2, 3], await TakeAsync(client, 2));
        await first.DisposeAsync();
        second.CutAll();
        Append(1);
        Assert.Equal([4], await TakeAsync(client, 1));

        // Which gateway is first is chosen at random, and the one that is gone is tried before the other serves again.
        Assert.Equal(
            [
                (ConnectionChange.Connected, here), (ConnectionChange.Draining, here), (ConnectionChange.Connected, there),
                (ConnectionChange.Lost, there), (ConnectionChange.Failed, here), (ConnectionChange.Connected, there),
            ],
            changes.Select(change => (change.Change, change.Endpoint)));
        Assert.All(changes, change => Assert.Equal(change.Change == ConnectionChange.Connected, change.Pause is null));
        Assert.All(changes, change => Assert.Equal(change.Change == ConnectionChange.Failed, change.Reason is not null));
        await Eventually.TrueAsync(() => resumes.Contains(new ResumeReport(Group, 2, true)) && resumes.Contains(new ResumeReport(Group, 1, true)));
    }

    [Fact(Timeout = 30_000)]
    public async Task Groups_without_a_position_can_be_left_out()
    {
        _history.Create("other");
        var client = Client(options => options with { Positions = new Dictionary<string, long> { [Group] = 0 }, OnlyPositions = true });
        await client.ConnectAsync(Token);

        await LiveAsync(_history.Append("other"));
        await LiveAsync(_history.Append("other"));
        await LiveAsync(1);

        Assert.Equal([1], await TakeAsync(client, 1));
        Assert.Equal([Group], client.Positions.Keys);
        Assert.All(_first.Resumes.Concat(_second.Resumes), resume => Assert.Equal(Group, resume.GroupId));
    }

    private ChatClient Client(Func<ChatClientOptions, ChatClientOptions>? change = null)
    {
        var options = new ChatClientOptions
        {
            Endpoints = [_first.Endpoint, _second.Endpoint],
            TokenProvider = () => Task.FromResult("good"),
        };
        var client = new ChatClient(change?.Invoke(options) ?? options);
        _clients.Add(client);
        return client;
    }

    private List<ChatMessage> Append(int count) => [.. Enumerable.Range(0, count).Select(_ => _history.Append(Group))];

    private async Task LiveAsync(int count)
    {
        foreach (var message in Append(count))
        {
            await LiveAsync(message);
        }
    }

    private Task LiveAsync(ChatMessage message) => Task.WhenAll(_first.LiveAsync(message), _second.LiveAsync(message));

    private static async Task<List<long>> TakeAsync(ChatClient client, int count)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Deadline);
        var taken = new List<long>();
        await foreach (var message in client.ReadMessagesAsync(deadline.Token))
        {
            taken.Add(message.Sequence);
            if (taken.Count == count)
            {
                break;
            }
        }

        return taken;
    }
}
