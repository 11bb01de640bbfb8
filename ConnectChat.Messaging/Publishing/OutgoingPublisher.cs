using System.Diagnostics;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Kafka;
using ConnectChat.Messaging.Consuming;
using ConnectChat.Messaging.Telemetry;
using ConnectChat.Records;

namespace ConnectChat.Messaging.Publishing;

/// <summary>
/// Publishes to <c>group_outgoing_messages</c>: one record per event, whatever the number of recipients, with their complete set in its
/// headers. The records of a batch leave back to back and in order; the next batch of their group begins after the last is acknowledged, so
/// sequences ascend on the topic.
/// </summary>
/// <remarks>A record whose acknowledgement was lost is sent again, with those behind it; gateways recognise them by their sequences.</remarks>
internal sealed class OutgoingPublisher(IProducer<string, byte[]> producer, DependencyRetry retry, MessagingTelemetry telemetry)
{
    /// <summary>Returns once each has left or is refused for good.</summary>
    public async Task PublishAsync(IncomingBatch batch, IReadOnlyList<Departure> departures)
    {
        var spans = departures.Select(Begin).ToList();
        for (var alone = false; departures.Any(IsWaiting); alone = true)
        {
            try
            {
                await retry.CallAsync("kafka", batch, token => SendAsync(departures, spans, alone, token));
            }
            catch (ProduceException<string, byte[]> refused) when (KafkaFailures.IsRefusal(refused))
            {
                // Those sent with a record that is refused may be refused for it. Only one that goes by itself is refused for its own sake.
                departures.First(IsWaiting).IsRefused = alone || departures.Count(IsWaiting) == 1;
            }
        }

        spans.ForEach(span => span?.Dispose());
    }

    private static bool IsWaiting(Departure departure) => departure is { HasLeft: false, IsRefused: false };

    private Activity? Begin(Departure departure)
    {
        var span = telemetry.StartSend(departure.Parent);
        TraceHeaders.Inject(span ?? departure.Parent, departure.Record.Headers);
        if (span is not null)
        {
            span.SetTag("connectchat.group.id", departure.Record.Key);
            departure.Describe(span);
        }

        return span;
    }

    // From the first that has not left on, so that a later one never stays before an earlier one.
    private async Task<bool> SendAsync(IReadOnlyList<Departure> departures, List<Activity?> spans, bool alone, CancellationToken cancellationToken)
    {
        var first = Enumerable.Range(0, departures.Count).First(index => IsWaiting(departures[index]));
        var indices = Enumerable.Range(first, alone ? 1 : departures.Count - first).Where(index => !departures[index].IsRefused).ToList();
        var sending = indices.ConvertAll(index => producer.ProduceAsync(Topics.Outgoing, departures[index].Record, cancellationToken));
        await ((Task)Task.WhenAll(sending)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        for (var i = 0; i < indices.Count; i++)
        {
            Acknowledge(departures[indices[i]], spans[indices[i]], await sending[i]);
        }

        return true;
    }

    private void Acknowledge(Departure departure, Activity? span, DeliveryResult<string, byte[]> sent)
    {
        departure.HasLeft = true;
        span?.SetTag("messaging.destination.partition.id", sent.Partition.Value).SetTag("messaging.kafka.offset", sent.Offset.Value).Dispose();
        if (departure.IsDurable)
        {
            telemetry.RecordAcknowledged();
        }
    }
}
