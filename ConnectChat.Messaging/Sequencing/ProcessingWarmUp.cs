using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using ConnectChat.Kafka;
using ConnectChat.Messaging.Consuming;
using ConnectChat.Messaging.Events;
using ConnectChat.Messaging.History;
using ConnectChat.Messaging.Recipients;
using ConnectChat.ServiceDefaults.Readiness;
using Google.Protobuf;

namespace ConnectChat.Messaging.Sequencing;

/// <summary>
/// Runs the code of processing once before the service is ready: reads a record, asks for recipients, loads a group's state, writes to
/// history, produces. The write is at sequence 0 of a group that cannot exist (its id is no identifier), where nobody can read; it also
/// proves that the table takes writes.
/// </summary>
internal sealed class ProcessingWarmUp(
    RecipientSource recipients,
    HistoryLog log,
    ClientIds clientIds,
    DependencyRetry retry,
    IProducer<string, byte[]> producer,
    IncomingEventReader reader,
    KafkaTopics topics,
    TimeProvider clock,
    ILogger<ProcessingWarmUp> logger) : WarmUp(clock, logger)
{
    private const string Unreachable = "#warm-up";

    /// <inheritdoc/>
    protected override async Task RehearseAsync(CancellationToken cancellationToken)
    {
        await topics.EnsureAsync(cancellationToken);
        using var slots = new WorkSlots(1, TimeProvider.System);
        using var work = new PartitionWork(
            new TopicPartition(Topics.Incoming, 0), new PartitionWork.Bounds(CachedGroups: 3, BatchRecords: 1), slots, _ => Task.CompletedTask);
        using var ending = cancellationToken.Register(work.Cancel);
        var record = new IncomingRecord(Sample());
        var batch = new IncomingBatch([record], work);
        reader.Read(record.Result.Message, out _, out _);
        var written = new SourcedEvent(
            new OutgoingEvent { GroupId = Unreachable, SenderId = Unreachable, ClientMessageId = Unreachable, MessageId = Unreachable, Body = "-" },
            record.Source);

        // Twice: the first call opens connections and compiles, the second compiles what only a warm call reaches. The first goes past
        // the retries, which would hold until everything is up and keep the service from saying what it waits for.
        await recipients.GetAsync(Nobody, [Nobody], cancellationToken);
        await log.WriteOneAsync(written, cancellationToken);
        await retry.CallAsync("groups", batch, token => recipients.GetAsync(Nobody, [Nobody, "nobody-either"], token));
        var position = await retry.CallAsync("dynamodb", batch, token => log.LoadAsync(Unreachable, capacity: 2, token));
        await retry.CallAsync("dynamodb", batch, token => clientIds.FindAsync(Unreachable, [(Unreachable, Unreachable)], token));
        await retry.CallAsync("dynamodb", batch, token => log.WriteOneAsync(written, token));
        await retry.CallAsync("dynamodb", batch, token => log.WriteBatchAsync(position, [written, written], token));
        await producer.RehearseAsync(Topics.Outgoing, cancellationToken);
    }

    private static ConsumeResult<string, byte[]> Sample() => new()
    {
        TopicPartitionOffset = new TopicPartitionOffset(Topics.Incoming, 0, 0),
        Message = new Message<string, byte[]>
        {
            Key = Nobody,
            Value = new IncomingEvent { GroupId = Nobody, SenderId = Nobody, ClientMessageId = Nobody, Body = "-" }.ToByteArray(),
            Headers = [],
        },
    };
}
