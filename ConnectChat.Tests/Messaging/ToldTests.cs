using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.History;
using ConnectChat.Contracts.Records;
using ConnectChat.Messaging.Events;
using ConnectChat.Records;
using ConnectChat.Tests.Infrastructure;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ConnectChat.Tests.Messaging;

/// <summary>What cannot be published, processed or read any more is told to those whom it concerns.</summary>
public sealed class ToldTests(DynamoDbFixture dynamoDb)
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task F8_a_message_that_the_outgoing_topic_is_too_small_for_is_in_history_and_its_recipients_are_told_to_read_it_there()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline, embedded: true);
        var (group, gate) = (world.Unique("large"), new TaskCompletionSource());
        world.Groups.Join(group, "ann", "ben");
        var messaging = await world.StartMessagingAsync(Deadline);
        world.Groups.Gate = gate.Task;
        await world.SendAsync(group, "ann", "large", Deadline);
        await Eventually.TrueAsync(() => world.Groups.RecipientQuestions > 0);

        world.RefuseProduces(1, ErrorCode.MsgSizeTooLarge);
        gate.SetResult();

        var record = Assert.Single(await world.Outgoing.WaitAsync(group, found => found.Count == 1, Deadline));
        Assert.Equal((EventKind.Missed, "2"), (TopicReader.Header(record, RecordHeaders.Kind), TopicReader.Header(record, RecordHeaders.RecipientCount)));
        Assert.Equal(group, Missed.Parser.ParseFrom(record.Message.Value).GroupId);
        Assert.Single(await world.DeadLetters.WaitAsync(group, found => found.Count == 1, Deadline));
        Assert.Equal(1, Assert.Single((await OutcomesAsync(messaging, group, "large")).Outcomes).Sequence);
    }

    [Fact(Timeout = 60_000)]
    public async Task R16_the_sender_of_a_dead_letter_is_told_and_the_refusal_is_final()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline, embedded: true);
        var group = world.Unique("broken");
        world.Groups.Join(group, "ann");
        var messaging = await world.StartMessagingAsync(services => services.AddSingleton<EventRule, BrokenRule>(), Deadline);
        var incoming = new IncomingEvent
        {
            GroupId = group,
            SenderId = "ann",
            SenderNumber = world.Groups.Number("ann"),
            ClientMessageId = "broken",
            Extension = Any.Pack(new Duration()),
        };

        await world.ProduceAsync(group, incoming.ToByteArray(), Deadline);

        var told = Assert.Single(await world.Outgoing.WaitAsync(group, found => found.Count == 1, Deadline));
        var rejection = Rejection.Parser.ParseFrom(told.Message.Value);
        Assert.Equal(EventKind.Rejection, TopicReader.Header(told, RecordHeaders.Kind));
        Assert.Equal(("broken", ErrorCodes.Internal), (rejection.ClientMessageId, rejection.Code));
        Assert.Single(await world.DeadLetters.WaitAsync(group, found => found.Count == 1, Deadline));
        Assert.Equal(ErrorCodes.Internal, Assert.Single((await OutcomesAsync(messaging, group, "broken")).Outcomes).Refusal);

        // The group goes on with its first sequence.
        await world.SendAsync(group, "ann", "good", Deadline);
        var records = await world.Outgoing.WaitAsync(group, found => found.Count == 2, Deadline);
        Assert.Equal(("good", 1L), TopicReader.Message(records[1]) is var good ? (good.ClientMessageId, good.Sequence) : default);
    }

    [Fact(Timeout = 60_000)]
    public async Task F16_accepted_records_that_the_bus_has_dropped_are_noticed_and_counted_and_what_is_left_is_processed()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline, embedded: true);
        var group = world.Unique("dropped");
        world.Groups.Join(group, "ann");
        await using (var first = await world.StartMessagingAsync(Deadline))
        {
            await world.SendAsync(group, "ann", "first", Deadline);
            await first.FinishesAsync(Deadline);
            await first.StopAsync(Deadline);
        }

        // The embedded broker keeps 5 MiB per partition.
        var body = new string('x', 60_000);
        await Task.WhenAll(Enumerable.Range(0, 120).Select(i => world.SendAsync(group, "ann", $"m{i}", Deadline, body)));
        using var logs = new CollectedLogs();
        var second = await world.StartMessagingAsync(services => services.AddSingleton<ILoggerProvider>(logs), Deadline);

        await world.Outgoing.WaitAsync(group, found => found.Count > 1 && TopicReader.Message(found[^1]).ClientMessageId == "m119", Deadline);
        Assert.Contains(logs.Entries, entry => entry.Level == LogLevel.Error && entry.Text.Contains("gone from the bus", StringComparison.Ordinal));
        Assert.Empty((await OutcomesAsync(second, group, "m0")).Outcomes);
    }

    private static async Task<FindOutcomesReply> OutcomesAsync(MessagingHost messaging, string group, string clientMessageId) =>
        await messaging.History().FindOutcomesAsync(
            new FindOutcomesRequest { GroupId = group, SenderId = "ann", ClientMessageIds = { clientMessageId } }, cancellationToken: Deadline);

    private sealed class BrokenRule() : EventRule("google.protobuf.Duration", isDurable: true)
    {
        public override string? Validate(IncomingEvent incoming) => null;

        public override void Compose(IncomingEvent incoming, OutgoingEvent outgoing) => throw new InvalidOperationException("A fault of the program.");
    }
}
