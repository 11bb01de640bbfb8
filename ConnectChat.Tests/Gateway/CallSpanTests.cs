using System.Collections.Concurrent;
using System.Diagnostics;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Telemetry;
using ConnectChat.ServiceDefaults.Telemetry;
using ConnectChat.Tests.Infrastructure;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Tests.Gateway;

[UsesGivenKafka]
public sealed class CallSpanTests(KafkaFixture kafka)
{
    [Fact(Timeout = 60_000)]
    public async Task A_send_begins_a_trace_of_its_own_that_says_how_large_the_group_is_once_that_is_known()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        var group = $"sized-{Guid.NewGuid():N}";
        gateway.State.Join(group, "ann", "ben", "cid");
        await using var ann = await gateway.ConnectAsync("ann");
        var (begun, ended) = (new ConcurrentQueue<int?>(), new ConcurrentQueue<Activity>());
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == GatewayTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> creation) =>
            {
                // What a sampler is shown, and not what is added later.
                var tags = creation.Tags?.ToDictionary() ?? [];
                if (creation.Name == "ChatHub/SendMessage" && group.Equals(tags.GetValueOrDefault("connectchat.group.id")))
                {
                    begun.Enqueue((int?)tags.GetValueOrDefault(TelemetryExtensions.GroupSize));
                }

                return ActivitySamplingResult.AllDataAndRecorded;
            },
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        await ann.CallAsync<SendReceipt>(HubContract.SendMessage, group, "c1", "hello");
        await gateway.SayAsync(group);
        await ann.NextAsync();
        await ann.CallAsync<SendReceipt>(HubContract.SendMessage, group, "c2", "hello");

        Assert.Equal([null, 3], begun);
        var send = await EndedAsync(ended, span => span.OperationName == $"send {Topics.Incoming}" && group.Equals(span.GetTagItem("connectchat.group.id")));
        var call = await EndedAsync(ended, span => span.SpanId == send.ParentSpanId);
        Assert.Equal("ChatHub/SendMessage", call.OperationName);
        Assert.Equal(default, call.ParentSpanId);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_refused_send_has_its_code_on_the_span_and_is_no_error_of_the_gateway()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        await using var ann = await gateway.ConnectAsync("ann");
        var group = $"refused-{Guid.NewGuid():N}";
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == GatewayTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        await Assert.ThrowsAsync<HubException>(() => ann.CallAsync<SendReceipt>(HubContract.SendMessage, group, "c1", ""));

        var call = await EndedAsync(
            ended, span => span.OperationName == "ChatHub/SendMessage" && group.Equals(span.GetTagItem("connectchat.group.id")));
        Assert.Equal((ErrorCodes.BodyEmpty, ActivityStatusCode.Unset), (call.GetTagItem("error.type"), call.Status));
    }

    private static async Task<Activity> EndedAsync(ConcurrentQueue<Activity> ended, Func<Activity, bool> wanted)
    {
        await Eventually.TrueAsync(() => ended.Any(wanted));
        return ended.First(wanted);
    }
}
