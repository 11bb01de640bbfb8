using ConnectChat.Client.Ordering;
using ConnectChat.Contracts.Hub;

namespace ConnectChat.Tests.Client;

public sealed class KnownGroupsTests
{
    private readonly List<ChatMessage> _delivered = [];
    private readonly KnownGroups _groups;

    public KnownGroupsTests() => _groups = new KnownGroups(_delivered.Add);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 10_000)]
    public async Task Groups_are_resumed_in_the_order_in_which_they_were_wanted_and_each_once()
    {
        foreach (var group in new[] { "a", "b", "c" })
        {
            _groups.Know(group, 7);
        }

        _groups.Want("c");
        _groups.Want("a");
        _groups.Want("c");
        _groups.WantAll();

        Assert.Equal(["c", "a"], await TakeAsync(2));
        Assert.Equal(["b"], await TakeAsync(2));
        Assert.False(TakeAsync(2).IsCompleted);
    }

    [Fact(Timeout = 10_000)]
    public async Task A_group_that_shows_a_gap_is_wanted_and_not_again_while_it_is_resumed()
    {
        _groups.Receive(Message("a", 1));
        _groups.Receive(Message("a", 3));
        _groups.Receive(Message("a", 4));
        Assert.Equal(["a"], await TakeAsync(9));

        _groups.Receive(Message("a", 5));
        var next = TakeAsync(9);
        Assert.False(next.IsCompleted);
        Assert.Equal((true, 1), _groups.Resumed("a", complete: true));
        _groups.Receive(Message("a", 6));

        Assert.Equal(["a"], await next);
        Assert.Equal([1], _delivered.Select(message => message.Sequence));
    }

    [Fact(Timeout = 10_000)]
    public async Task A_resume_waits_for_what_it_replayed_or_for_a_gap_in_it()
    {
        _groups.Want("a");
        await TakeAsync(1);
        var reached = _groups.ReachAsync("a", 2, Token);
        _groups.Receive(Message("a", 1));
        Assert.False(reached.IsCompleted);
        _groups.Receive(Message("a", 2));
        await reached;

        var blocked = _groups.ReachAsync("a", 4, Token);
        _groups.Receive(Message("a", 4));
        await blocked;
    }

    private async Task<List<string>> TakeAsync(int most) =>
        [.. (await _groups.TakeWantedAsync(most, Token)).Select(position => position.GroupId)];

    private static ChatMessage Message(string group, long sequence) => new()
    {
        GroupId = group,
        Sequence = sequence,
        PreviousSequence = sequence - 1,
        MessageId = $"{group}-{sequence}",
        SenderId = "anna",
        ClientMessageId = $"c{sequence}",
        Body = "hello",
        SentAt = 1,
        MembershipVersion = 1,
    };
}
