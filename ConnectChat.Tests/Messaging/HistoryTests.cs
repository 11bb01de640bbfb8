using ConnectChat.Contracts;
using ConnectChat.Contracts.History;
using ConnectChat.Contracts.Records;
using ConnectChat.Messaging.History;
using ConnectChat.Messaging.Sequencing;
using ConnectChat.ServiceDefaults.Rpc;
using ConnectChat.Tests.Infrastructure;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace ConnectChat.Tests.Messaging;

[UsesGivenKafka]
public sealed class HistoryTests(DynamoDbFixture dynamoDb)
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact(Timeout = 90_000)]
    public async Task History_is_read_page_by_page_in_both_directions_and_says_when_it_ends()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var host = await world.StartMessagingAsync(Deadline);
        var group = world.Unique("pages");
        world.Groups.Join(group, "ann");
        await WriteAsync(host, group, Enumerable.Repeat(1L, 100));
        var history = host.History();

        await AssertAsync(history, After(group, "ann", 0, 500), Enumerable.Range(1, 100), end: true);
        await AssertAsync(history, After(group, "ann", 0, 40), Enumerable.Range(1, 40), end: false);
        await AssertAsync(history, After(group, "ann", 60, 40), Enumerable.Range(61, 40), end: true);
        await AssertAsync(history, After(group, "ann", 60, 39), Enumerable.Range(61, 39), end: false);
        await AssertAsync(history, After(group, "ann", 99, 1), [100], end: true);
        await AssertAsync(history, After(group, "ann", 100, 10), [], end: true);
        await AssertAsync(history, After(group, "ann", long.MaxValue, 10), [], end: true);

        await AssertAsync(history, Before(group, "ann", 0, 500), Enumerable.Range(1, 100).Reverse(), end: true);
        await AssertAsync(history, Before(group, "ann", 0, 1), [100], end: false);
        await AssertAsync(history, Before(group, "ann", 34, 32), Enumerable.Range(2, 32).Reverse(), end: false);
        await AssertAsync(history, Before(group, "ann", 33, 32), Enumerable.Range(1, 32).Reverse(), end: true);
        await AssertAsync(history, Before(group, "ann", 2, 5), [1], end: true);
        await AssertAsync(history, Before(group, "ann", 1, 5), [], end: true);
        await AssertAsync(history, Before(group, "ann", 1_000, 2), [100, 99], end: false);
    }

    [Fact(Timeout = 90_000)]
    public async Task Large_messages_are_all_there_though_a_page_of_the_table_holds_few()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var host = await world.StartMessagingAsync(Deadline);
        var group = world.Unique("large");
        world.Groups.Join(group, "ann");
        await WriteAsync(host, group, Enumerable.Repeat(1L, 50), body: new string('x', Limits.BodyBytes));

        await AssertAsync(host.History(), After(group, "ann", 0, 50), Enumerable.Range(1, 50), end: true);
        await AssertAsync(host.History(), After(group, "ann", 0, 20), Enumerable.Range(1, 20), end: false);
        await AssertAsync(host.History(), Before(group, "ann", 0, 50), Enumerable.Range(1, 50).Reverse(), end: true);
        await AssertAsync(host.History(), Before(group, "ann", 0, 20), Enumerable.Range(31, 20).Reverse(), end: false);
    }

    [Fact(Timeout = 90_000)]
    public async Task A_member_sees_what_was_stamped_since_it_joined_wherever_that_begins()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var host = await world.StartMessagingAsync(Deadline);
        var history = host.History();
        for (var hidden = 0; hidden <= 9; hidden++)
        {
            var group = world.Unique($"late-{hidden}");
            world.Groups.Join(group, "ann");
            world.Groups.Join(group, "ben");
            world.Groups.Join(group, "cid");
            await WriteAsync(host, group, Enumerable.Range(1, 9).Select(sequence => sequence <= hidden ? 2L : 3L));
            var visible = Enumerable.Range(hidden + 1, 9 - hidden).ToList();

            await AssertAsync(history, After(group, "ann", 0, 500), Enumerable.Range(1, 9), end: true);
            await AssertAsync(history, After(group, "cid", 0, 500), visible, end: true);
            await AssertAsync(history, After(group, "cid", 4, 500), visible.Where(sequence => sequence > 4), end: true);
            await AssertAsync(history, Before(group, "cid", 0, 500), Enumerable.Reverse(visible), end: true);
            await AssertAsync(history, Before(group, "cid", 0, 4), Enumerable.Reverse(visible).Take(4), end: visible.Count <= 4);
            await AssertAsync(history, Before(group, "cid", 6, 500), Enumerable.Reverse(visible).Where(sequence => sequence < 6), end: true);
        }
    }

    [Fact(Timeout = 90_000)]
    public async Task What_was_published_is_in_history_as_it_was_published()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var host = await world.StartMessagingAsync(Deadline);
        var group = world.Unique("same");
        world.Groups.Join(group, "ann");
        await world.SendAsync(group, "ann", "one", Deadline, body: "Grüße \U0001F44B");
        var records = await world.Outgoing.WaitAsync(group, found => found.Count == 1, Deadline);

        var (messages, _) = await ReadAsync(host.History(), After(group, "ann", 0, 10));
        Assert.Equal([TopicReader.Message(records[0])], messages);
    }

    [Fact(Timeout = 90_000)]
    public async Task Strangers_malformed_requests_and_calls_without_a_key_are_refused()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var host = await world.StartMessagingAsync(Deadline);
        var group = world.Unique("refused");
        world.Groups.Join(group, "ann");
        var history = host.History();

        await AssertRefusedAsync(history, After(group, "eve", 0, 1), StatusCode.PermissionDenied, ErrorCodes.NotAMember);
        await AssertRefusedAsync(history, After(world.Unique("nowhere"), "eve", 0, 1), StatusCode.PermissionDenied, ErrorCodes.NotAMember);
        await AssertRefusedAsync(history, After("a#b", "ann", 0, 1), StatusCode.InvalidArgument, ErrorCodes.MalformedIdentifier);
        await AssertRefusedAsync(history, After(group, "", 0, 1), StatusCode.InvalidArgument, ErrorCodes.MalformedIdentifier);
        await AssertRefusedAsync(history, After(group, "ann", 0, 0), StatusCode.InvalidArgument, ErrorCodes.MalformedRequest);
        await AssertRefusedAsync(history, After(group, "ann", 0, Limits.HistoryPage + 1), StatusCode.InvalidArgument, ErrorCodes.MalformedRequest);
        await AssertRefusedAsync(history, After(group, "ann", -1, 1), StatusCode.InvalidArgument, ErrorCodes.MalformedRequest);
        await AssertRefusedAsync(history, Before(group, "ann", -1, 1), StatusCode.InvalidArgument, ErrorCodes.MalformedRequest);
        await AssertRefusedAsync(
            history, new ReadHistoryRequest { GroupId = group, ReaderId = "ann", Limit = 1 }, StatusCode.InvalidArgument, ErrorCodes.MalformedRequest);
        await AssertRefusedAsync(host.History(authenticated: false), After(group, "ann", 0, 1), StatusCode.Unauthenticated, ErrorCodes.Unauthenticated);

        await world.Services.StopAsync();
        await AssertRefusedAsync(history, After(group, "ann", 0, 1), StatusCode.Unavailable, ErrorCodes.Unavailable);
    }

    [Theory(Timeout = 90_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task R4_what_was_stamped_after_a_removal_is_not_shown_by_a_read_that_overlaps_it(bool ascending)
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var host = await world.StartMessagingAsync(Deadline);
        var group = world.Unique("overlap");
        world.Groups.Join(group, "ann", "ben");
        await WriteAsync(host, group, [1, 1]);
        world.Groups.AfterMember = async () =>
        {
            world.Groups.Leave(group, "ben");
            await host.Get<HistoryLog>().WriteOneAsync(Event(group, 3, version: 2, "not for ben"), Deadline);
        };

        await AssertRefusedAsync(
            host.History(), ascending ? After(group, "ben", 0, 10) : Before(group, "ben", 0, 10), StatusCode.PermissionDenied, ErrorCodes.NotAMember);

        // Who comes back sees what was stamped since, and nothing of the time between.
        world.Groups.Join(group, "ben");
        world.Groups.AfterMember = async () =>
        {
            world.Groups.Leave(group, "ben");
            await host.Get<HistoryLog>().WriteOneAsync(Event(group, 4, version: 4, "not for ben"), Deadline);
            world.Groups.Join(group, "ben");
            await host.Get<HistoryLog>().WriteOneAsync(Event(group, 5, version: 5, "for ben"), Deadline);
        };
        var (messages, _) = await ReadAsync(host.History(), ascending ? After(group, "ben", 0, 10) : Before(group, "ben", 0, 10));
        Assert.DoesNotContain(messages, message => message.Body == "not for ben");
    }

    [Fact(Timeout = 90_000)]
    public async Task Health_names_each_dependency_and_needs_no_key()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var host = await world.StartMessagingAsync(Deadline);
        using var http = new HttpClient();
        using var channel = GrpcChannel.ForAddress(host.GrpcAddress);
        var health = new Health.HealthClient(channel);
        await Eventually.TrueAsync(() => host.Get<ProcessingWarmUp>().Done);

        using var up = await http.GetAsync($"{host.HttpAddress}/health", Deadline);
        Assert.True(up.IsSuccessStatusCode, await up.Content.ReadAsStringAsync(Deadline));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await health.CheckAsync(new(), cancellationToken: Deadline)).Status);

        await world.Services.StopAsync();
        var down = await Eventually.UnhealthyAsync(http, new Uri($"{host.HttpAddress}/health"));
        var body = System.Text.Json.JsonDocument.Parse(down).RootElement.GetProperty("dependencies");
        Assert.Equal("Unhealthy", body.GetProperty("groups").GetProperty("status").GetString());
        Assert.Equal("Healthy", body.GetProperty("kafka").GetProperty("status").GetString());
        Assert.Equal("Healthy", body.GetProperty("dynamodb").GetProperty("status").GetString());
    }

    // Some alone and some together, as they come: what was stamped with one version may share an item.
    internal static async Task WriteAsync(MessagingHost host, string group, IEnumerable<long> versions, string body = "hello")
    {
        await host.TableExistsAsync(Deadline);
        var (log, sizes, written) = (host.Get<HistoryLog>(), new[] { 1, 3, 1, 2 }, 0);
        var owner = await log.LoadAsync(group, capacity: 1, Deadline);
        var left = new Queue<SourcedEvent>(versions.Select((version, index) => Event(group, index + 1, version, body)));
        while (left.Count > 0)
        {
            var batch = left.TakeWhile(each => each.Event.MembershipVersion == left.Peek().Event.MembershipVersion)
                .Take(sizes[written++ % sizes.Length]).ToList();
            batch.ForEach(_ => left.Dequeue());
            Assert.Equal(
                WriteOutcome.Written, batch.Count == 1 ? await log.WriteOneAsync(batch[0], Deadline) : await log.WriteBatchAsync(owner, batch, Deadline));
        }
    }

    private static SourcedEvent Event(string group, long sequence, long version, string body) => new(
        new OutgoingEvent
        {
            GroupId = group,
            Sequence = sequence,
            MessageId = $"id-{sequence}",
            SenderId = "ann",
            ClientMessageId = $"c{sequence}",
            Body = body,
            MembershipVersion = version,
        },
        new Source(0, sequence));

    private static ReadHistoryRequest After(string group, string reader, long sequence, int limit) =>
        new() { GroupId = group, ReaderId = reader, AfterSequence = sequence, Limit = limit };

    private static ReadHistoryRequest Before(string group, string reader, long sequence, int limit) =>
        new() { GroupId = group, ReaderId = reader, BeforeSequence = sequence, Limit = limit };

    private static async Task AssertAsync(History.HistoryClient history, ReadHistoryRequest request, IEnumerable<int> sequences, bool end)
    {
        var (messages, reachedEnd) = await ReadAsync(history, request);
        Assert.Equal(sequences.Select(sequence => (long)sequence), messages.Select(message => message.Sequence));
        Assert.True(end == reachedEnd, $"end_of_history is {reachedEnd} for {request}");
    }

    private static async Task<(List<OutgoingEvent> Messages, bool End)> ReadAsync(History.HistoryClient history, ReadHistoryRequest request)
    {
        using var call = history.Read(request, cancellationToken: Deadline);
        var replies = await call.ResponseStream.ReadAllAsync(Deadline).ToListAsync(Deadline);
        Assert.NotEmpty(replies);
        Assert.All(replies.SkipLast(1), reply => Assert.False(reply.EndOfHistory));
        return ([.. replies.SelectMany(reply => reply.Messages)], replies[^1].EndOfHistory);
    }

    private static async Task AssertRefusedAsync(History.HistoryClient history, ReadHistoryRequest request, StatusCode status, string code)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => ReadAsync(history, request));
        Assert.Equal((status, code), (refused.StatusCode, RpcErrors.CodeOf(refused)));
    }
}
