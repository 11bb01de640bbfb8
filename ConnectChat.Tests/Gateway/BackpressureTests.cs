using System.Text;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Backpressure;
using ConnectChat.Tests.Infrastructure;
using Google.Protobuf;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Time.Testing;

namespace ConnectChat.Tests.Gateway;

/// <summary>C7: what is accepted for a group has an outcome soon, or is not accepted.</summary>
[UsesGivenKafka]
public sealed class BackpressureTests(KafkaFixture kafka)
{
    private readonly FakeTimeProvider _clock = new();

    [Fact(Timeout = 60_000)]
    public async Task A_group_that_is_behind_is_refused_with_a_code_until_its_outcomes_are_read_and_no_other_group_is()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, ("Gateway:AlwaysWaiting", "20"));
        var (slow, other) = ($"slow-{Guid.NewGuid():N}", $"other-{Guid.NewGuid():N}");
        gateway.State.Join(slow, "ann");
        await using var ann = await gateway.ConnectAsync("ann");
        for (var i = 0; i < 20; i++)
        {
            await SendAsync(slow, i);
        }

        var refusal = await Assert.ThrowsAsync<HubException>(() => SendAsync(slow, 20));
        Assert.Contains($"HubException: {ErrorCodes.Overloaded}: ", refusal.Message, StringComparison.Ordinal);
        await SendAsync(other, 0);

        // What Messaging says about the last of them is said about all before it.
        var message = gateway.State.Write(slow, "hello");
        var headers = gateway.Headers(slow, message.Sequence);
        headers.Add(RecordHeaders.SourceOffset, Encoding.ASCII.GetBytes($"{long.MaxValue}"));
        await gateway.PublishAsync(slow, message.ToByteArray(), headers);
        await ann.NextAsync();
        await SendAsync(slow, 21);

        Task SendAsync(string group, int number) => ann.CallAsync<SendReceipt>(HubContract.SendMessage, group, $"c{number}", "x");
    }

    [Fact]
    public void A_group_that_stands_still_gets_one_send_a_second_and_all_again_once_it_goes_on()
    {
        var backlog = Backlog(alwaysWaiting: 1_000);
        Accept(backlog, 0, 20);
        Assert.True(backlog.MayGrow());

        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(backlog.MayGrow());
        Assert.False(backlog.MayGrow());
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(backlog.MayGrow());
        Assert.False(backlog.MayGrow());

        backlog.Done(20);
        Assert.True(backlog.MayGrow());
        Assert.Equal(0, backlog.Count);
    }

    [Fact]
    public void A_few_sends_without_an_outcome_say_nothing_about_a_group()
    {
        var backlog = Backlog(alwaysWaiting: 1_000);
        Accept(backlog, 0, 9);
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.All(Enumerable.Range(0, 10), _ => Assert.True(backlog.MayGrow()));
    }

    [Fact]
    public void A_quick_group_may_have_more_waiting_than_a_slow_one()
    {
        var (quick, slow) = (Backlog(alwaysWaiting: 50), Backlog(alwaysWaiting: 50));
        Accept(quick, 0, 1_000);
        Accept(slow, 0, 1_000);
        _clock.Advance(TimeSpan.FromSeconds(1));
        quick.Done(899);
        slow.Done(39);

        Assert.True(quick.MayGrow());
        Assert.False(slow.MayGrow());
    }

    [Fact]
    public void An_outcome_that_is_read_before_the_acknowledgement_leaves_nothing_waiting()
    {
        var backlog = Backlog(alwaysWaiting: 50);
        backlog.Done(7);
        backlog.Accepted(7);
        Assert.Equal(0, backlog.Count);
    }

    private static void Accept(GroupBacklog backlog, long from, int count)
    {
        for (var i = 0; i < count; i++)
        {
            backlog.Accepted(from + i);
        }
    }

    private GroupBacklog Backlog(int alwaysWaiting) => new(new BackpressureOptions { AlwaysWaiting = alwaysWaiting }, _clock);
}
