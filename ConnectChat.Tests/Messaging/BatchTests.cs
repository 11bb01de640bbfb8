using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using ConnectChat.Messaging.History;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Messaging;

/// <summary>What waits for one group is taken together: nothing of what holds for a message alone may change by that.</summary>
[UsesGivenKafka]
public sealed class BatchTests(DynamoDbFixture dynamoDb)
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task What_waited_together_asks_for_recipients_once_and_leaves_in_order_each_as_one_record()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var group = world.Unique("together");
        world.Groups.Join(group, "ann", "ben");
        await world.StartMessagingAsync(Deadline);

        var before = await HoldAsync(world, group, async () =>
        {
            foreach (var i in Enumerable.Range(1, 60))
            {
                await world.SendAsync(group, i % 2 == 0 ? "ann" : "ben", $"m{i}", Deadline);
            }
        });

        await ProcessingTests.AssertOrderAsync(world, group, 61);
        Assert.Equal(61, world.Outgoing.Of(group).Count);

        // The one that opened, those that waited, and perhaps some that the broker handed over a moment later.
        Assert.InRange(world.Groups.RecipientQuestions - before, 1, 10);
    }

    [Fact(Timeout = 60_000)]
    public async Task In_a_batch_strangers_are_told_poison_is_kept_repetitions_are_nothing_and_the_others_are_numbered_without_a_gap()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var group = world.Unique("mixed");
        world.Groups.Join(group, "ann");
        await world.StartMessagingAsync(Deadline);

        await HoldAsync(world, group, async () =>
        {
            await world.SendAsync(group, "ann", "m1", Deadline);
            await world.SendAsync(group, "eve", "x1", Deadline);
            await world.SendAsync(group, "ann", "m0", Deadline);
            await world.ProduceAsync(group, [0xff], Deadline);
            await world.SendAsync(group, "ann", "m1", Deadline);
            await world.SendAsync(group, "eve", "x1", Deadline);
            await world.SendAsync(group, "ann", "m2", Deadline);
        });

        await ProcessingTests.AssertOrderAsync(world, group, 3);
        Assert.Equal(3, world.Outgoing.Of(group).Count(TopicReader.IsMessage));
        var told = world.Outgoing.Of(group).Where(record => !TopicReader.IsMessage(record)).Select(record => Rejection.Parser.ParseFrom(record.Message.Value));
        Assert.Equal([("x1", ErrorCodes.NotAMember)], told.Select(rejection => (rejection.ClientMessageId, rejection.Code)).Distinct());
        Assert.Single(await world.DeadLetters.WaitAsync(group, found => found.Count == 1, Deadline));
    }

    [Fact(Timeout = 60_000)]
    public async Task Who_was_removed_before_a_batch_receives_nothing_of_it_and_sends_nothing_in_it()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var group = world.Unique("removed");
        world.Groups.Join(group, "ann", "ben");
        await world.StartMessagingAsync(Deadline);

        await HoldAsync(world, group, async () =>
        {
            await world.SendAsync(group, "ben", "late", Deadline);
            await world.SendAsync(group, "ann", "m1", Deadline);
            await world.SendAsync(group, "ann", "m2", Deadline);
            world.Groups.Leave(group, "ben");
        });

        await ProcessingTests.AssertOrderAsync(world, group, 3);
        Assert.All(
            world.Outgoing.Of(group).Where(TopicReader.IsMessage).Skip(1),
            record => Assert.Equal((2, "1"), (TopicReader.Message(record).MembershipVersion, TopicReader.Header(record, RecordHeaders.RecipientCount))));
        Assert.Equal(
            "late", Rejection.Parser.ParseFrom(world.Outgoing.Of(group).Single(record => !TopicReader.IsMessage(record)).Message.Value).ClientMessageId);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_crash_after_a_batch_was_written_publishes_it_as_written_and_later_retries_still_find_it()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var group = world.Unique("crashed");
        world.Groups.Join(group, "ann");
        var host = await world.StartMessagingAsync(Deadline);
        await world.SendAsync(group, "ann", "m0", Deadline);
        await world.Outgoing.WaitAsync(group, found => found.Count == 1, Deadline);
        var log = host.Get<HistoryLog>();
        await host.StopAsync(Deadline);

        // Written by an instance that died before it wrote the client ids, published, and committed.
        var written = new List<SourcedEvent>();
        foreach (var i in new[] { 1, 2 })
        {
            var sent = await world.SendAsync(group, "ann", $"m{i}", Deadline);
            var unpublished = new OutgoingEvent
            {
                GroupId = group,
                Sequence = i + 1,
                MessageId = $"written-{i}",
                SenderId = "ann",
                ClientMessageId = $"m{i}",
                Body = "hello",
                MembershipVersion = 1,
            };
            written.Add(new SourcedEvent(unpublished, new Source(sent.Partition.Value, sent.Offset.Value)));
        }

        Assert.Equal(WriteOutcome.Written, await log.WriteBatchAsync(await log.LoadAsync(group, 1, Deadline), written, Deadline));
        await world.StartMessagingAsync(Deadline, configuration: new KeyValuePair<string, string?>("Messaging:RecentMessages", "1"));
        await world.SendAsync(group, "ann", "m3", Deadline);
        await world.SendAsync(group, "ann", "m4", Deadline);
        await world.SendAsync(group, "ann", "m1", Deadline);
        await world.SendAsync(group, "ann", "m5", Deadline);

        await ProcessingTests.AssertOrderAsync(world, group, 6);
        Assert.Equal(
            ["written-1", "written-2"],
            world.Outgoing.Of(group).Select(TopicReader.Message).Where(message => message.Sequence is 2 or 3).Select(message => message.MessageId));
        Assert.Equal(6, world.Outgoing.Of(group).Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task R8_a_rejection_is_final_even_if_the_record_is_read_again_once_its_sender_is_a_member()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var group = world.Unique("final");
        world.Groups.Join(group, "ann");
        var host = await world.StartMessagingAsync(Deadline);
        await world.SendAsync(group, "eve", "alone", Deadline);
        await world.Outgoing.WaitAsync(group, found => found.Count == 1, Deadline);
        await HoldAsync(world, group, async () =>
        {
            await world.SendAsync(group, "eve", "one", Deadline);
            await world.SendAsync(group, "eve", "two", Deadline);
        });
        await world.Outgoing.WaitAsync(group, found => found.Count == 4, Deadline);
        await host.StopAsync(Deadline);

        world.Groups.Join(group, "eve");
        await world.StartMessagingAsync(Deadline, consumerGroup: "again");
        await world.SendAsync(group, "eve", "one", Deadline);
        await world.SendAsync(group, "eve", "m1", Deadline);

        var records = await world.Outgoing.WaitAsync(
            group,
            found => found.Any(r => TopicReader.IsMessage(r) && TopicReader.Message(r).ClientMessageId == "m1"),
            Deadline);
        Assert.Equal(["m0", "m1"], records.Where(TopicReader.IsMessage).Select(TopicReader.Message).Select(message => message.ClientMessageId).Distinct());
        Assert.Equal(
            ["alone", "one", "two"],
            records.Where(record => !TopicReader.IsMessage(record))
                .Select(record => Rejection.Parser.ParseFrom(record.Message.Value).ClientMessageId).Distinct().Order());
    }

    [Fact(Timeout = 60_000)]
    public async Task Of_two_owners_the_one_that_loaded_a_group_last_prevails_and_what_either_decided_is_found()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var host = await world.StartMessagingAsync(Deadline);
        await host.TableExistsAsync(Deadline);
        var (group, log, ids) = (world.Unique("owned"), host.Get<HistoryLog>(), host.Get<ClientIds>());
        var refused = new IncomingEvent { GroupId = group, SenderId = "eve", ClientMessageId = "x", Body = "hello" };
        var paused = await log.LoadAsync(group, 10, Deadline);
        var current = await log.LoadAsync(group, 10, Deadline);

        Assert.Equal(WriteOutcome.Outdated, await log.RefuseAsync(paused, group, [ids.Item(refused, new Source(0, 1), ErrorCodes.NotAMember)], Deadline));
        Assert.Equal(WriteOutcome.Outdated, await log.WriteBatchAsync(paused, [At(1, "a"), At(2, "b")], Deadline));
        Assert.Equal(WriteOutcome.Written, await log.WriteBatchAsync(current, [At(1, "c"), At(2, "d")], Deadline));
        Assert.Equal(WriteOutcome.Outdated, await log.WriteOneAsync(At(1, "a"), Deadline));
        Assert.Equal(WriteOutcome.Written, await log.RefuseAsync(current, group, [ids.Item(refused, new Source(0, 1), ErrorCodes.NotAMember)], Deadline));
        Assert.Equal(WriteOutcome.Known, await log.WriteOneAsync(At(3, "x", "eve"), Deadline));
        Assert.Equal(ErrorCodes.NotAMember, (await ids.FindAsync(group, "eve", "x", Deadline))?.Refusal);

        SourcedEvent At(long sequence, string id, string sender = "ann") => new(
            new OutgoingEvent
            {
                GroupId = group,
                Sequence = sequence,
                MessageId = id,
                SenderId = sender,
                ClientMessageId = id,
                Body = "hello",
                MembershipVersion = 1,
            },
            new Source(0, sequence));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_of_200_bytes_costs_4_write_units_alone_and_at_most_2_in_a_batch_of_20_of_which_1_on_the_key_of_its_group()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        using var units = new WriteUnits(new Uri(dynamoDb.ServiceUrl));
        var group = world.Unique("costs");
        world.Groups.Join(group, "ann");
        await world.StartMessagingAsync(units.Replace, Deadline, configuration: new KeyValuePair<string, string?>("Messaging:BatchRecords", "20"));
        await world.SendAsync(group, "ann", "m0", Deadline, new string('x', 200));
        await world.Outgoing.WaitAsync(group, found => found.Count == 1, Deadline);
        units.Take();

        await world.SendAsync(group, "ann", "m1", Deadline, new string('x', 200));
        await world.Outgoing.WaitAsync(group, found => found.Count == 2, Deadline);
        Assert.InRange(units.Take().Values.Sum(), 1, 4);

        // Twenty that are sent while one is held mostly are a batch, but on a busy machine the last may be read a moment later.
        var (all, own) = (long.MaxValue, long.MaxValue);
        for (var round = 1; round <= 5 && all > 44; round++)
        {
            var twenty = Enumerable.Range(0, 20).Select(i => $"b{round}-{i:00}");
            await HoldAsync(
                world,
                group,
                () => Task.WhenAll(twenty.Select(id => world.SendAsync(group, "ann", id, Deadline, new string('x', 200)))),
                first: $"h{round}");
            await world.Outgoing.WaitAsync(group, found => found.Count == 2 + (21 * round), Deadline);
            var spent = units.Take();
            all = spent.Values.Sum();
            own = spent.Where(write => write.Key.StartsWith("G#", StringComparison.Ordinal)).Sum(write => write.Value);
        }

        TestContext.Current.SendDiagnosticMessage($"Write units of one message alone and 20 together: {all}, on the group's key {own}.");
        Assert.InRange(all - 4, 1, 40);
        Assert.InRange(own - 2, 1, 20);
    }

    [Fact(Timeout = 60_000)]
    public async Task R2_a_hundred_groups_that_wait_for_Groups_in_vain_keep_no_other_from_its_turn()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        string[] sick = [.. Enumerable.Range(0, 100).Select(i => world.Unique($"sick-{i}"))];
        var healthy = world.Unique("healthy");
        world.Groups.Hang(sick);
        world.Groups.Join(healthy, "ann");
        await world.StartMessagingAsync(Deadline);
        await Task.WhenAll(sick.Select(group => world.SendAsync(group, "ann", "m0", Deadline)));

        for (var i = 0; i < 20; i++)
        {
            await world.SendAsync(healthy, "ann", $"m{i}", Deadline);
        }

        // Calls to Groups time out after 5 s: whoever had to wait for one of them would be far behind.
        await ProcessingTests.AssertOrderAsync(world, healthy, 20).WaitAsync(TimeSpan.FromSeconds(4), Deadline);
    }

    [Fact(Timeout = 60_000)]
    public async Task R13_a_group_whose_membership_is_behind_its_history_is_held_with_pauses_until_it_has_caught_up()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var group = world.Unique("restored");
        world.Groups.Join(group, "ann");
        world.Groups.Join(group, "ben");
        await world.StartMessagingAsync(Deadline);
        await world.SendAsync(group, "ann", "m0", Deadline);
        await world.Outgoing.WaitAsync(group, found => found.Count == 1, Deadline);

        world.Groups.Restore(group, 1);
        var before = world.Groups.RecipientQuestions;
        await world.SendAsync(group, "ann", "m1", Deadline);
        await Task.Delay(TimeSpan.FromSeconds(2), Deadline);
        Assert.InRange(world.Groups.RecipientQuestions - before, 2, 60);

        world.Groups.Restore(group, 2);
        await ProcessingTests.AssertOrderAsync(world, group, 2);
    }

    // Holds a group at its first message, lets what waits behind it pile up, and lets go.
    private static async Task<int> HoldAsync(MessagingWorld world, string group, Func<Task> send, string first = "m0")
    {
        var gate = new TaskCompletionSource();
        world.Groups.Gate = gate.Task;
        var before = world.Groups.RecipientQuestions;
        await world.SendAsync(group, "ann", first, Deadline);
        while (world.Groups.RecipientQuestions == before)
        {
            await Task.Delay(10, Deadline);
        }

        await send();
        await Task.Delay(300, Deadline);
        world.Groups.Gate = Task.CompletedTask;
        gate.SetResult();
        return before;
    }
}
