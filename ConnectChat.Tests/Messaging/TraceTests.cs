using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using ConnectChat.Messaging.Telemetry;
using ConnectChat.Tests.Infrastructure;
using Google.Protobuf;

namespace ConnectChat.Tests.Messaging;

[UsesGivenKafka]
public sealed class TraceTests(DynamoDbFixture dynamoDb)
{
    // The dashboard shows the first, the conventions name the other two.
    private static readonly string[] OperationTags = ["messaging.operation", "messaging.operation.name", "messaging.operation.type"];

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task One_trace_leads_from_the_incoming_record_over_the_write_to_the_one_publish()
    {
        const string Secret = "nobody else may read this";
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var group = world.Unique("traced");
        world.Groups.Join(group, "ann", "ben");
        await world.StartMessagingAsync(Deadline);
        var (trace, parent) = (ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom());
        var spans = new ConcurrentQueue<Activity>();
        var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == MessagingTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.TraceId == trace)
                {
                    spans.Enqueue(span);
                    if (span.Kind == ActivityKind.Consumer)
                    {
                        finished.SetResult();
                    }
                }
            },
        };
        ActivitySource.AddActivityListener(listener);

        var incoming = new IncomingEvent { GroupId = group, SenderId = "ann", SenderNumber = 1, ClientMessageId = "c1", Body = Secret };
        await world.ProduceAsync(
            group, incoming.ToByteArray(), Deadline, new Headers { { RecordHeaders.TraceParent, Encoding.ASCII.GetBytes($"00-{trace}-{parent}-01") } });
        var record = Assert.Single(await world.Outgoing.WaitAsync(group, found => found.Count == 1, Deadline));
        await finished.Task.WaitAsync(Deadline);

        var process = Assert.Single(spans, span => span.OperationName == $"process {Topics.Incoming}");
        var write = Assert.Single(spans, span => span.Kind == ActivityKind.Client);
        var send = Assert.Single(spans, span => span.Kind == ActivityKind.Producer);
        Assert.Equal(parent, process.ParentSpanId);
        Assert.Equal([process.SpanId, process.SpanId], [write.ParentSpanId, send.ParentSpanId]);
        Assert.Equal(send.Id, TopicReader.Header(record, RecordHeaders.TraceParent));
        Assert.Equal("aws.dynamodb", write.GetTagItem("db.system.name"));
        Assert.Equal($"send {Topics.Outgoing}", send.OperationName);
        Assert.Equal(Topics.Outgoing, send.GetTagItem("messaging.destination.name"));
        Assert.Equal(["send", "send", "send"], OperationTags.Select(send.GetTagItem));
        Assert.Equal(["process", "process", "process"], OperationTags.Select(process.GetTagItem));
        Assert.Equal(record.Offset.Value, send.GetTagItem("messaging.kafka.offset"));
        Assert.Equal(TopicReader.Message(record).MessageId, send.GetTagItem("connectchat.message.id"));
        Assert.Equal(1L, send.GetTagItem("connectchat.sequence"));
        Assert.Equal(2L, send.GetTagItem("connectchat.recipients.count"));
        Assert.DoesNotContain(spans.SelectMany(span => span.TagObjects), tag => tag.Value?.ToString()?.Contains(Secret, StringComparison.Ordinal) == true);
    }
}
