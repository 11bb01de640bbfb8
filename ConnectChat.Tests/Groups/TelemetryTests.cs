using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using ConnectChat.Contracts.Groups;
using ConnectChat.Groups.Recipients;
using ConnectChat.Groups.Telemetry;
using ConnectChat.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.Tests.Groups;

public sealed class TelemetryTests(DynamoDbFixture dynamoDb)
{
    [Fact(Timeout = 30_000)]
    public async Task Recipient_reads_are_counted_by_outcome_and_their_requests_to_the_store_are_spans()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var prefix = $"{Guid.NewGuid():N}-";
        var spans = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == GroupsTelemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (Equals(activity.GetTagItem("db.collection.name"), $"{prefix}groups") && Equals(activity.GetTagItem("db.system.name"), "aws.dynamodb"))
                {
                    spans.Enqueue($"{activity.GetTagItem("db.operation.name")}");
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await GroupsHost.StartAsync(dynamoDb.ServiceUrl, prefix);

        // Its requests to the store are spans for this listener, too.
        await Eventually.TrueAsync(() => host.Services.GetRequiredService<RecipientsWarmUp>().Done);
        var outcomes = new ConcurrentQueue<string>();
        var meters = host.Services.GetRequiredService<IMeterFactory>();
        using var meter = new MeterListener
        {
            // Other tests have hosts of their own in this process.
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "connectchat.groups.recipient_reads" && instrument.Meter.Scope == meters)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        meter.SetMeasurementEventCallback<long>((_, _, tags, _) => outcomes.Enqueue($"{tags[0].Value}"));
        meter.Start();
        await host.Client.CreateGroupAsync(new CreateGroupRequest { ActorId = "ann", GroupId = "g", Name = "G" }, cancellationToken: cancellation);
        spans.Clear();

        foreach (var (groupId, known) in new[] { ("g", 0L), ("g", 0L), ("g", 1L), ("missing", 0L) })
        {
            await host.Client.GetRecipientsAsync(
                new GetRecipientsRequest { GroupId = groupId, SenderId = "ann", KnownVersion = known }, cancellationToken: cancellation);
        }

        Assert.Equal(["read", "cached", "not_modified", "group_not_found"], outcomes);
        Assert.Equal(["GetItem", "Query", "GetItem", "GetItem", "GetItem", "GetItem"], spans);
    }
}
