using System.Text;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Recipients;
using ConnectChat.Contracts.Records;
using ConnectChat.Messaging.History;
using ConnectChat.Records;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Messaging;

[UsesGivenKafka]
public sealed class ProcessingTests(DynamoDbFixture dynamoDb)
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_message_becomes_exactly_one_record_with_its_complete_recipient_set()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var group = world.Unique("one");
        string[] members = [.. Enumerable.Range(0, 500).Select(i => $"user-{i}")];
        world.Groups.Join(group, members);
        await world.StartMessagingAsync(Deadline);

        await world.SendAsync(group, "user-7", "first", Deadline);
        await world.Outgoing.WaitAsync(group, found => found.Count == 1, Deadline);
        await world.SendAsync(group, "user-8", "marker", Deadline);

        // Records of a group leave in order: when the second is there, so is everything of the first.
        var records = await world.Outgoing.WaitAsync(group, found => found.Any(r => TopicReader.Message(r).ClientMessageId == "marker"), Deadline);
        Assert.Equal(2, records.Count);
        var message = TopicReader.Message(records[0]);
        Assert.Equal("first", message.ClientMessageId);
        Assert.Equal(1, message.Sequence);
        Assert.Equal(1, message.MembershipVersion);
        Assert.Equal(1_700_000_000_000, message.SentAtUnixMs);
        Assert.Equal("500", TopicReader.Header(records[0], RecordHeaders.RecipientCount));
        Assert.Equal("1", TopicReader.Header(records[0], RecordHeaders.Sequence));
        Assert.Equal("1", TopicReader.Header(records[0], RecordHeaders.MembershipVersion));
        Assert.Equal(message.MessageId, TopicReader.Header(records[0], RecordHeaders.MessageId));
        Assert.NotNull(TopicReader.Header(records[0], RecordHeaders.TraceParent));
        Assert.Equal(RecipientSetError.None, RecipientSet.TryDecode(records[0].Message.Headers.GetLastBytes(RecordHeaders.Recipients), 1_000, out var numbers));
        Assert.Equal(members.Select(world.Groups.Number).Order(), numbers);
        Assert.Equal(1, world.Groups.NotModified);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_goes_to_who_is_a_member_now_though_the_recipients_of_the_one_before_it_are_remembered()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var group = world.Unique("moved-on");
        world.Groups.Join(group, "ann", "ben");
        await world.StartMessagingAsync(Deadline);
        await world.SendAsync(group, "ann", "before", Deadline);
        await world.Outgoing.WaitAsync(group, found => found.Count >= 1, Deadline);

        world.Groups.Leave(group, "ben");
        world.Groups.Join(group, "cid");
        await world.SendAsync(group, "ann", "after", Deadline);

        var records = await world.Outgoing.WaitAsync(group, found => found.Count >= 2, Deadline);
        uint[] now = [world.Groups.Number("ann"), world.Groups.Number("cid")];
        Assert.Equal(now.Order(), Recipients(records[1]));
        Assert.Equal(3, TopicReader.Message(records[1]).MembershipVersion);
    }

    [Fact(Timeout = 60_000)]
    public async Task Sequences_have_no_gap_and_keep_the_order_of_each_group()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        string[] groups = [.. Enumerable.Range(0, 20).Select(i => world.Unique($"g{i}"))];
        Array.ForEach(groups, group => world.Groups.Join(group, "ann", "ben"));
        await world.StartMessagingAsync(Deadline);

        foreach (var i in Enumerable.Range(0, 25))
        {
            await Task.WhenAll(groups.Select(group => world.SendAsync(group, "ann", $"m{i}", Deadline)));
        }

        foreach (var group in groups)
        {
            await AssertOrderAsync(world, group, 25);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Nothing_is_published_before_history_has_it()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var (group, gate) = (world.Unique("held"), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        using var store = new HeldWrites(new Uri(dynamoDb.ServiceUrl), group, gate.Task);
        world.Groups.Join(group, "ann");
        await world.StartMessagingAsync(store.Replace, Deadline);

        await world.SendAsync(group, "ann", "m0", Deadline);
        await store.Waits.Task.WaitAsync(Eventually.Deadline, Deadline);

        // Records of a group are in order: what was published before this one is read before it.
        byte[] marker = [0xff];
        using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = world.BootstrapServers }).Build();
        await producer.ProduceAsync(Topics.Outgoing, new Message<string, byte[]> { Key = group, Value = marker }, Deadline);
        var early = await world.Outgoing.WaitAsync(group, found => found.Any(record => record.Message.Value.SequenceEqual(marker)), Deadline);
        Assert.Single(early);

        gate.SetResult();
        var records = await world.Outgoing.WaitAsync(group, found => found.Count >= 2, Deadline);
        Assert.Equal(("m0", 1), (TopicReader.Message(records[1]).ClientMessageId, TopicReader.Message(records[1]).Sequence));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_retry_of_the_client_publishes_nothing_more()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var group = world.Unique("retry");
        world.Groups.Join(group, "ann");
        var host = await world.StartMessagingAsync(Deadline);

        await world.SendAsync(group, "ann", "same", Deadline);
        await world.SendAsync(group, "ann", "same", Deadline);
        await world.SendAsync(group, "ann", "next", Deadline);
        await world.Outgoing.WaitAsync(group, found => found.Count == 2, Deadline);

        // And by the item in the table alone, once nothing is remembered any more.
        await host.StopAsync(Deadline);
        await world.StartMessagingAsync(Deadline, configuration: new KeyValuePair<string, string?>("Messaging:RecentMessages", "1"));
        await world.SendAsync(group, "ann", "same", Deadline);
        await world.SendAsync(group, "ann", "marker", Deadline);

        var records = await world.Outgoing.WaitAsync(group, found => found.Count >= 3, Deadline);
        Assert.Equal(["same", "next", "marker"], records.Select(record => TopicReader.Message(record).ClientMessageId));
        Assert.Equal([1, 2, 3], records.Select(record => TopicReader.Message(record).Sequence));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_record_read_again_is_published_again_as_the_same_message()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var group = world.Unique("again");
        world.Groups.Join(group, "ann", "ben");
        var host = await world.StartMessagingAsync(Deadline);
        await world.SendAsync(group, "ann", "one", Deadline);
        await world.SendAsync(group, "ben", "two", Deadline);
        var before = await world.Outgoing.WaitAsync(group, found => found.Count == 2, Deadline);
        await host.StopAsync(Deadline);

        // Another consumer group starts at the beginning, as this one would after a crash before its commit. Meanwhile one has left
        // and one has joined: neither receives what was stamped before.
        world.Groups.Leave(group, "ben");
        world.Groups.Join(group, "cid");
        await world.StartMessagingAsync(Deadline, consumerGroup: "again");
        var after = await world.Outgoing.WaitAsync(group, found => found.Count == 4, Deadline);

        Assert.Equal(before.Select(TopicReader.Message), after.Skip(2).Select(TopicReader.Message));
        Assert.All(after.Skip(2), record => Assert.Equal([world.Groups.Number("ann")], Recipients(record)));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_crash_between_write_and_publish_ends_in_one_record_of_the_message_that_was_written()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var group = world.Unique("crash");
        world.Groups.Join(group, "ann");
        var host = await world.StartMessagingAsync(Deadline);
        await world.SendAsync(group, "ann", "before", Deadline);
        await world.Outgoing.WaitAsync(group, found => found.Count == 1, Deadline);
        var history = host.Get<HistoryLog>();
        await host.StopAsync(Deadline);

        var unpublished = new OutgoingEvent
        {
            GroupId = group,
            Sequence = 2,
            MessageId = "written",
            SenderId = "ann",
            ClientMessageId = "crashed",
            Body = "hello",
            MembershipVersion = 1,
        };
        var sent = await world.SendAsync(group, "ann", "crashed", Deadline);
        Assert.Equal(
            WriteOutcome.Written, await history.WriteOneAsync(new SourcedEvent(unpublished, new Source(sent.Partition.Value, sent.Offset.Value)), Deadline));
        await world.StartMessagingAsync(Deadline);
        await world.SendAsync(group, "ann", "marker", Deadline);

        var records = await world.Outgoing.WaitAsync(group, found => found.Any(r => TopicReader.Message(r).ClientMessageId == "marker"), Deadline);
        Assert.Equal([1, 2, 3], records.Select(record => TopicReader.Message(record).Sequence));
        Assert.Equal("written", TopicReader.Message(records[1]).MessageId);
    }

    [Fact(Timeout = 60_000)]
    public async Task When_another_owner_wrote_meanwhile_the_next_message_goes_behind_it()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var group = world.Unique("raced");
        world.Groups.Join(group, "ann");
        var host = await world.StartMessagingAsync(Deadline);
        await world.SendAsync(group, "ann", "first", Deadline);
        await world.Outgoing.WaitAsync(group, found => found.Count == 1, Deadline);

        world.Groups.Join(group, "ben");
        var foreign = new OutgoingEvent
        {
            GroupId = group,
            Sequence = 2,
            MessageId = "foreign",
            SenderId = "ben",
            ClientMessageId = "foreign",
            Body = "hello",
            MembershipVersion = 2,
        };
        Assert.Equal(WriteOutcome.Written, await host.Get<HistoryLog>().WriteOneAsync(new SourcedEvent(foreign, new Source(0, 1_000_000)), Deadline));
        await world.SendAsync(group, "ann", "second", Deadline);

        var records = await world.Outgoing.WaitAsync(group, found => found.Count == 2, Deadline);
        Assert.Equal([(1, 1), (3, 2)], records.Select(TopicReader.Message).Select(message => (message.Sequence, message.MembershipVersion)));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_stranger_is_told_alone_and_nothing_enters_history()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var group = world.Unique("closed");
        world.Groups.Join(group, "ann");
        await world.StartMessagingAsync(Deadline);

        await world.SendAsync(group, "eve", "intrusion", Deadline);
        await world.SendAsync(world.Unique("nowhere"), "eve", "void", Deadline);
        await world.SendAsync(group, "ann", "marker", Deadline);

        var records = await world.Outgoing.WaitAsync(group, found => found.Count == 2, Deadline);
        var rejection = Rejection.Parser.ParseFrom(records[0].Message.Value);
        Assert.Equal(EventKind.Rejection, TopicReader.Header(records[0], RecordHeaders.Kind));
        Assert.Null(TopicReader.Header(records[0], RecordHeaders.Sequence));
        Assert.Equal([world.Groups.Number("eve")], Recipients(records[0]));
        Assert.Equal(("intrusion", ErrorCodes.NotAMember), (rejection.ClientMessageId, rejection.Code));
        Assert.Equal(1, TopicReader.Message(records[1]).Sequence);
        var nowhere = await world.Outgoing.WaitAsync(world.Unique("nowhere"), found => found.Count == 1, Deadline);
        Assert.Equal(ErrorCodes.NotAMember, Rejection.Parser.ParseFrom(nowhere[0].Message.Value).Code);
    }

    [Fact(Timeout = 60_000)]
    public async Task Poison_is_kept_with_its_reason_and_holds_nothing_up()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var group = world.Unique("poison");
        world.Groups.Join(group, "ann");
        await world.StartMessagingAsync(Deadline);

        var poison = await world.ProduceAsync(group, [0xff, 0xff, 0xff], Deadline);
        await world.SendAsync(group, "ann ann", "id", Deadline);
        await world.SendAsync(group, "ann", "empty", Deadline, body: "");
        await world.SendAsync(group, "ann", "large", Deadline, body: new string('x', Limits.BodyBytes + 1));
        await world.SendAsync(group, "ann", "good", Deadline, body: new string('x', Limits.BodyBytes));

        var good = await world.Outgoing.WaitAsync(group, found => found.Count == 1, Deadline);
        Assert.Equal("good", TopicReader.Message(good[0]).ClientMessageId);
        var kept = await world.DeadLetters.WaitAsync(group, found => found.Count == 4, Deadline);
        Assert.Equal(
            [ErrorCodes.MalformedRecord, ErrorCodes.MalformedIdentifier, ErrorCodes.BodyEmpty, ErrorCodes.BodyTooLarge],
            kept.Select(record => TopicReader.Header(record, RecordHeaders.DeadLetterReason)));
        Assert.Equal([0xff, 0xff, 0xff], kept[0].Message.Value);
        Assert.Equal([7], kept[0].Message.Headers.GetLastBytes("test"));
        Assert.Equal(
            $"{Topics.Incoming}:{poison.Partition.Value}:{poison.Offset.Value}", TopicReader.Header(kept[0], RecordHeaders.DeadLetterSource));
    }

    internal static async Task AssertOrderAsync(MessagingWorld world, string group, int count)
    {
        var records = await world.Outgoing.WaitAsync(
            group, found =>
                found.Where(TopicReader.IsMessage).Select(TopicReader.Message).Select(m => m.ClientMessageId).Distinct().Count() >= count, Deadline);
        var messages = records.Where(TopicReader.IsMessage).Select(TopicReader.Message).DistinctBy(message => message.MessageId).ToList();
        Assert.Equal(Enumerable.Range(1, count).Select(i => (long)i), messages.Select(message => message.Sequence));
        Assert.Equal(Enumerable.Range(0, count).Select(i => $"m{i}"), messages.Select(message => message.ClientMessageId));
    }

    private static uint[] Recipients(ConsumeResult<string, byte[]> record)
    {
        Assert.Equal(RecipientSetError.None, RecipientSet.TryDecode(record.Message.Headers.GetLastBytes(RecordHeaders.Recipients), 1_000, out var numbers));
        Assert.Equal($"{numbers.Length}", Encoding.ASCII.GetString(record.Message.Headers.GetLastBytes(RecordHeaders.RecipientCount)));
        return numbers;
    }
}
