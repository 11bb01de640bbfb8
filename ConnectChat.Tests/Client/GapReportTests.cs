using System.Collections.Concurrent;
using ConnectChat.Client;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace ConnectChat.Tests.Client;

/// <summary>R16: a gap is told once, and not again with every connection.</summary>
public sealed class GapReportTests : IAsyncLifetime
{
    private const string Group = "team";

    private readonly SharedHistory _history = new();
    private readonly ConcurrentQueue<GapReport> _gaps = [];
    private readonly FakeTimeProvider _clock = new();
    private FakeGateway _gateway = null!;
    private ChatClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _history.Create(Group);
        _gateway = await FakeGateway.StartAsync(_history);
        _client = new ChatClient(new ChatClientOptions
        {
            Endpoints = [_gateway.Endpoint],
            TokenProvider = () => Task.FromResult("good"),
            Positions = new Dictionary<string, long> { [Group] = 0 },
            DiscoverGroups = false,
            Clock = _clock,
        });
        _client.GapReported += _gaps.Enqueue;
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task R16_a_group_that_was_left_is_told_once_however_often_the_client_connects_again()
    {
        _gateway.ResumeCode = NotAMember;
        await _client.ConnectAsync(Token);
        await Eventually.TrueAsync(() => !_gaps.IsEmpty);

        for (var again = 0; again < 3; again++)
        {
            await ReconnectAsync();
        }

        Assert.Equal(new GapReport(Group, 0, ErrorCodes.NotAMember), Assert.Single(_gaps));
    }

    [Fact(Timeout = 60_000)]
    public async Task R16_a_group_that_was_joined_again_and_left_again_is_told_again()
    {
        _gateway.ResumeCode = NotAMember;
        await _client.ConnectAsync(Token);
        await Eventually.TrueAsync(() => !_gaps.IsEmpty);

        _gateway.ResumeCode = _ => null;
        await ReconnectAsync();
        _gateway.ResumeCode = NotAMember;
        await ReconnectAsync();

        await Eventually.TrueAsync(() => _gaps.Count == 2);
    }

    [Fact(Timeout = 60_000)]
    public async Task C5_what_came_ahead_of_a_gap_is_shown_when_the_gap_cannot_be_asked_for_and_joining_again_misses_nothing()
    {
        _gateway.ResumeCode = _ => null;
        await _client.ConnectAsync(Token);
        await Eventually.TrueAsync(() => _gateway.Resumes.Count == 1);
        _gateway.ResumeCode = NotAMember;

        // The second was said while this user was no member, the third and the fourth while it was one again, which it is not when it asks.
        var said = Enumerable.Range(0, 4).Select(_ => _history.Append(Group)).ToList();
        foreach (var live in new[] { said[0], said[2], said[3] })
        {
            await _gateway.LiveAsync(live);
        }

        await using var shown = _client.ReadMessagesAsync(Token).GetAsyncEnumerator(Token);
        Assert.Equal([1L, 3, 4], await TakeAsync(shown, 3));
        Assert.Equal(new GapReport(Group, 1, ErrorCodes.NotAMember), Assert.Single(_gaps));

        // It has joined again: the fifth did not come, and is there all the same.
        _gateway.ResumeCode = _ => null;
        _history.Append(Group);
        await _gateway.LiveAsync(_history.Append(Group));
        Assert.Equal([5L, 6], await TakeAsync(shown, 2));
        Assert.Single(_gaps);
    }

    [Fact(Timeout = 60_000)]
    public async Task C4_a_rejection_that_came_while_the_client_was_away_is_told_when_it_is_back_and_once()
    {
        var rejected = new ConcurrentQueue<MessageRejection>();
        _client.MessageRejected += rejected.Enqueue;
        await _client.ConnectAsync(Token);
        await _client.SendAsync(Group, "hello", "refused", Token);
        await _client.SendAsync(Group, "hello", "pending", Token);
        _gateway.RefusedSends["refused"] = ErrorCodes.NotAMember;

        for (var again = 0; again < 3; again++)
        {
            await ReconnectAsync();
        }

        await Eventually.TrueAsync(() => !rejected.IsEmpty);
        Assert.Equal(("refused", ErrorCodes.NotAMember), Assert.Single(rejected) is var told ? (told.ClientMessageId, told.Code) : default);
    }

    private static async Task<List<long>> TakeAsync(IAsyncEnumerator<ChatMessage> messages, int count)
    {
        var taken = new List<long>();
        while (taken.Count < count && await messages.MoveNextAsync().AsTask().WaitAsync(Eventually.Deadline, Token))
        {
            taken.Add(messages.Current.Sequence);
        }

        return taken;
    }

    private static string? NotAMember(ResumePosition position) => position.GroupId == Group ? ErrorCodes.NotAMember : null;

    // Returns once the answer to the new connection's Resume has been dealt with: the client makes the next call after it.
    private async Task ReconnectAsync()
    {
        var (connections, resumes) = (_client.Connections, _gateway.Resumes.Count);
        _gateway.CutAll();
        await Eventually.TrueAsync(() =>
        {
            // The pause before the next attempt.
            _clock.Advance(TimeSpan.FromSeconds(5));
            return _client.Connections > connections && _gateway.Resumes.Count > resumes;
        });

        // A message whose predecessor never came makes the client ask.
        var other = $"other-{connections}";
        _history.Append(other);
        await _gateway.LiveAsync(_history.Append(other));
        await Eventually.TrueAsync(() => _gateway.Resumes.Any(resume => resume.GroupId == other));
    }
}
