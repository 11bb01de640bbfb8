using System.Diagnostics;
using System.Diagnostics.Metrics;
using Confluent.Kafka;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.Messaging.Telemetry;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Messaging;

[UsesGivenKafka]
public sealed class OutageTests : IDisposable
{
    private readonly DynamoDbFixture _dynamoDb;
    private readonly CancellationTokenSource _ending = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public OutageTests(DynamoDbFixture dynamoDb)
    {
        _dynamoDb = dynamoDb;

        // Before the runner's own, which does not say what was waited for.
        _ending.CancelAfter(TimeSpan.FromSeconds(80));
    }

    private CancellationToken Deadline => _ending.Token;

    public void Dispose() => _ending.Dispose();

    [Fact(Timeout = 90_000)]
    public async Task While_Groups_is_down_messages_are_held_and_then_flow_in_order()
    {
        await using var world = await MessagingWorld.CreateAsync(_dynamoDb.ServiceUrl, Deadline);
        string[] groups = [world.Unique("down-a"), world.Unique("down-b")];
        Array.ForEach(groups, group => world.Groups.Join(group, "ann"));
        using var retries = new Retries("groups");
        await world.StartMessagingAsync(Deadline);
        await SendAsync(world, groups, 0, 5);

        await world.Services.StopAsync();
        await SendAsync(world, groups, 5, 15);
        await retries.SeenAsync(5, Deadline);
        await world.Services.ListenAsync(Deadline);

        await AssertAllAsync(world, groups, 15);
    }

    [Fact(Timeout = 90_000)]
    public async Task While_DynamoDB_is_down_messages_are_held_and_then_flow_in_order()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("history").FullName, "history.db");
        var database = await EmbeddedDynamoDb.StartAsync(file, cancellationToken: Deadline);
        await using var world = await MessagingWorld.CreateAsync(database.ServiceUrl, Deadline);
        string[] groups = [world.Unique("dark-a"), world.Unique("dark-b")];
        Array.ForEach(groups, group => world.Groups.Join(group, "ann"));
        using var retries = new Retries("dynamodb");
        var messaging = await world.StartMessagingAsync(Deadline);
        await SendAsync(world, groups, 0, 5);

        // Killed while it creates a table, the embedded store answers "no such table" for ever after: that would be its fault, not an outage.
        await messaging.TableExistsAsync(Deadline);

        using (var process = Process.GetProcessById(database.ProcessId))
        {
            process.Kill();
            await process.WaitForExitAsync(Deadline);
        }

        await SendAsync(world, groups, 5, 15);
        await retries.SeenAsync(3, Deadline);
        await using var restarted = await EmbeddedDynamoDb.StartAsync(file, database.Port, Deadline);

        await AssertAllAsync(world, groups, 15);
        await database.DisposeAsync();
    }

    [Fact(Timeout = 90_000)]
    public async Task While_Kafka_takes_no_records_messages_are_held_and_then_flow_in_order_and_once()
    {
        const int Refused = 12;
        await using var world = await MessagingWorld.CreateAsync(_dynamoDb.ServiceUrl, Deadline, embedded: true);
        string[] groups = [world.Unique("mute-a"), world.Unique("mute-b")];
        Array.ForEach(groups, group => world.Groups.Join(group, "ann"));
        using var retries = new Retries("kafka");
        await world.StartMessagingAsync(Deadline);

        // Accepted and not yet published when the refusals begin; a missing permission is what the client does not try again by itself.
        await world.Services.StopAsync();
        await SendAsync(world, groups, 0, 15);
        world.RefuseProduces(Refused, ErrorCode.TopicAuthorizationFailed);
        await world.Services.ListenAsync(Deadline);

        await retries.SeenAsync(Refused / 2, Deadline);
        await AssertAllAsync(world, groups, 15);
        Assert.All(groups, group => Assert.Equal(15, world.Outgoing.Of(group).Count));
    }

    [Fact(Timeout = 90_000)]
    public async Task A_host_that_stops_while_Groups_is_down_leaves_its_messages_to_the_next()
    {
        await using var world = await MessagingWorld.CreateAsync(_dynamoDb.ServiceUrl, Deadline);
        string[] groups = [world.Unique("handed")];
        world.Groups.Join(groups[0], "ann");
        using var retries = new Retries("groups");
        var first = await world.StartMessagingAsync(Deadline);
        await world.Services.StopAsync();
        await SendAsync(world, groups, 0, 10);
        await retries.SeenAsync(2, Deadline);

        // What only waits for a dependency is let go at once: the drain timeout of 5 s is for work that makes progress.
        var started = Stopwatch.GetTimestamp();
        await first.StopAsync(Deadline);
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 4);

        await world.Services.ListenAsync(Deadline);
        await world.StartMessagingAsync(Deadline);
        await AssertAllAsync(world, groups, 10);
    }

    [Fact(Timeout = 90_000)]
    public async Task A_host_that_stops_while_it_is_still_rehearsing_and_Groups_is_down_ends_at_once()
    {
        await using var world = await MessagingWorld.CreateAsync(_dynamoDb.ServiceUrl, Deadline);
        using var retries = new Retries("groups");

        // The first question is answered; the second, which is held until it is, never.
        world.Groups.AnswersLeft = 1;
        var host = await world.StartMessagingAsync(
            Deadline, configuration: new KeyValuePair<string, string?>("Messaging:GroupsTimeout", "00:00:00.2"));
        await retries.SeenAsync(1, Deadline);

        var started = Stopwatch.GetTimestamp();
        await host.StopAsync(Deadline);
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 4);
    }

    private async Task SendAsync(MessagingWorld world, string[] groups, int from, int to)
    {
        foreach (var i in Enumerable.Range(from, to - from))
        {
            await Task.WhenAll(groups.Select(group => world.SendAsync(group, "ann", $"m{i}", Deadline)));
        }
    }

    private static async Task AssertAllAsync(MessagingWorld world, string[] groups, int count)
    {
        foreach (var group in groups)
        {
            await ProcessingTests.AssertOrderAsync(world, group, count);
            Assert.Empty(world.DeadLetters.Of(group));
        }
    }

    /// <summary>Signals once a dependency was tried again so many times: it is down, and messages wait for it.</summary>
    private sealed class Retries : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly SemaphoreSlim _seen = new(0);

        public Retries(string dependency)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == MessagingTelemetry.Name && instrument.Name == "connectchat.messaging.retries")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
            {
                if (tags[0].Value as string == dependency)
                {
                    _seen.Release();
                }
            });
            _listener.Start();
        }

        public async Task SeenAsync(int count, CancellationToken cancellationToken)
        {
            for (; count > 0; count--)
            {
                await _seen.WaitAsync(cancellationToken);
            }
        }

        public void Dispose() => _listener.Dispose();
    }
}
