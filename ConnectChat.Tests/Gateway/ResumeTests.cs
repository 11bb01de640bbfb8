using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Tests.Infrastructure;
using Grpc.Core;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Tests.Gateway;

public abstract class ResumeSpecification(KafkaFixture kafka, bool direct)
{
    private Task<GatewayHost> StartAsync(params (string, string)[] settings) =>
        GatewayHost.StartAsync(
            kafka, [("Gateway:DirectWrites", $"{direct}"), ("Gateway:ReadsPerSecond", "100000"), ("Gateway:ReadBurst", "100000"), .. settings]);

    private static string NewGroup() => $"g-{Guid.NewGuid():N}";

    [Fact(Timeout = 120_000)]
    public async Task Live_messages_during_a_replay_come_exactly_once_and_in_order()
    {
        await using var gateway = await StartAsync();
        await using var ann = await gateway.ConnectAsync("ann");
        for (var round = 0; round < 100; round++)
        {
            var group = NewGroup();
            gateway.State.Join(group, "ann");
            var missed = round * 7 % 230;
            for (var i = 0; i < missed; i++)
            {
                gateway.State.Write(group);
            }

            var reading = new TaskCompletionSource();
            gateway.State.BeforeRead = _ =>
            {
                reading.TrySetResult();
                return Task.CompletedTask;
            };
            var resumed = ann.ResumeAsync((group, 0));
            await reading.Task.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
            for (var live = 0; live < 20; live++)
            {
                gateway.Publish(gateway.State.Write(group));
            }

            var result = Assert.Single(await resumed);
            Assert.True(result.Complete);
            var messages = await ann.NextAsync(missed + 20);
            Assert.Equal(Enumerable.Range(1, missed + 20).Select(sequence => (long)sequence), messages.Select(message => message.Sequence));
            Assert.All(messages, message => Assert.Equal(message.Sequence - 1, message.PreviousSequence));
        }

        Assert.Equal(0, ann.Waiting);
    }

    [Fact(Timeout = 60_000)]
    public async Task M1_a_message_that_goes_live_after_the_last_read_of_a_replay_is_replayed_before_the_switch()
    {
        await using var gateway = await StartAsync();
        await using var ann = await gateway.ConnectAsync("ann");
        var connection = Assert.Single(gateway.Connections.All());
        var group = NewGroup();
        gateway.State.Join(group, "ann");
        for (var i = 0; i < 3; i++)
        {
            gateway.State.Write(group);
        }

        // Twice: each read is over when a further message comes live and is noted, and only then is the read answered.
        var reads = 0;
        gateway.State.AfterRead = async _ =>
        {
            if (++reads <= 2)
            {
                var live = await gateway.SayAsync(group);
                await Eventually.TrueAsync(() => connection.Noted(group) >= live.Sequence);
            }
        };

        var result = Assert.Single(await ann.ResumeAsync((group, 0)));
        await gateway.SayAsync(group);

        Assert.Equal((true, 5, 5L), (result.Complete, result.Replayed, result.LastSequence));
        Assert.Equal([1, 2, 3, 4, 5, 6], (await ann.NextAsync(6)).Select(message => message.Sequence));
        Assert.Equal(0, ann.Waiting);
    }

    [Fact(Timeout = 60_000)]
    public async Task C5_What_came_live_during_a_resume_that_ends_with_not_a_member_is_shown_and_once()
    {
        await using var gateway = await StartAsync();
        await using var ann = await gateway.ConnectAsync("ann");
        var connection = Assert.Single(gateway.Connections.All());
        var group = NewGroup();
        gateway.State.Join(group, "ann");
        gateway.State.Write(group);

        // Said while ann is a member, and just after it she is none.
        gateway.State.BeforeRead = async _ =>
        {
            var live = await gateway.SayAsync(group);
            await Eventually.TrueAsync(() => connection.Noted(group) >= live.Sequence);
            gateway.State.Leave(group, "ann");
        };
        var result = Assert.Single(await ann.ResumeAsync((group, 1)));
        Assert.Equal((false, ErrorCodes.NotAMember, 0), (result.Complete, result.Code, result.Replayed));
        Assert.Equal(2, (await ann.NextAsync()).Sequence);

        gateway.State.BeforeRead = null;
        gateway.State.Join(group, "ann");
        await gateway.SayAsync(group);
        Assert.Equal(3, (await ann.NextAsync()).Sequence);
        Assert.Equal(0, ann.Waiting);
    }

    [Fact(Timeout = 60_000)]
    public async Task Results_come_in_the_order_asked_and_say_what_was_not_replayed()
    {
        await using var gateway = await StartAsync(("Gateway:ReplayLimit", "150"));
        var (small, large, foreign, down) = (NewGroup(), NewGroup(), NewGroup(), NewGroup());
        gateway.State.Join(small, "ann");
        gateway.State.Join(large, "ann");
        gateway.State.Write(small);
        for (var i = 0; i < 200; i++)
        {
            gateway.State.Write(large);
        }

        gateway.State.BeforeRead = request => request.GroupId == down ? throw new RpcException(new Status(StatusCode.Unavailable, "down")) : Task.CompletedTask;
        await using var ann = await gateway.ConnectAsync("ann");
        var results = await ann.ResumeAsync((large, 10), (foreign, 3), (down, 4), (small, 0));
        Assert.Equal(
            [
                new ResumeResult { GroupId = large, Complete = false, Replayed = 150, LastSequence = 160, Code = ResumeCodes.MoreToReplay },
                new ResumeResult { GroupId = foreign, Complete = false, Replayed = 0, LastSequence = 3, Code = ErrorCodes.NotAMember },
                new ResumeResult { GroupId = down, Complete = false, Replayed = 0, LastSequence = 4, Code = ErrorCodes.Unavailable },
                new ResumeResult { GroupId = small, Complete = true, Replayed = 1, LastSequence = 1 },
            ],
            results);
        var rest = Assert.Single(await ann.ResumeAsync((large, 160)));
        Assert.Equal((true, 40, 200L), (rest.Complete, rest.Replayed, rest.LastSequence));
    }

    [Fact(Timeout = 60_000)]
    public async Task Calls_beyond_the_limits_are_refused_with_codes()
    {
        await using var gateway = await StartAsync();
        await using var ann = await gateway.ConnectAsync("ann");
        await RefusedAsync(ErrorCodes.TooManyGroups, Enumerable.Range(0, Limits.GroupsPerResume + 1).Select(group => ($"g{group}", 0L)).ToArray());
        await RefusedAsync(ErrorCodes.MalformedRequest, ("g", -1));
        await RefusedAsync(ErrorCodes.MalformedRequest, ("g", 1), ("g", 1));
        await RefusedAsync(ErrorCodes.MalformedIdentifier, ("g#", 1));

        async Task RefusedAsync(string code, params (string, long)[] positions)
        {
            var refusal = await Assert.ThrowsAsync<HubException>(() => ann.ResumeAsync(positions));
            Assert.Contains($"HubException: {code}:", refusal.Message, StringComparison.Ordinal);
        }
    }
}

[UsesGivenKafka]
public sealed class DirectResumeTests(KafkaFixture kafka) : ResumeSpecification(kafka, direct: true);

[UsesGivenKafka]
public sealed class HubResumeTests(KafkaFixture kafka) : ResumeSpecification(kafka, direct: false);
