using System.Diagnostics;
using System.Diagnostics.Metrics;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using ConnectChat.Records;
using ConnectChat.ServiceDefaults.Telemetry;

namespace ConnectChat.Messaging.Telemetry;

/// <summary>How the processing of a record ended.</summary>
internal enum ProcessingOutcome
{
    /// <summary>Written and published.</summary>
    Published,

    /// <summary>The client sent again what is published already: nothing more was done.</summary>
    Duplicate,

    /// <summary>The same record was read again after a crash or a rebalance: published again, as the same message.</summary>
    Redelivered,

    /// <summary>The sender is no member; it was told.</summary>
    Rejected,

    /// <summary>Published to who is connected, and not kept.</summary>
    Told,

    /// <summary>Can never be processed; kept on the dead letter topic.</summary>
    DeadLetter,
}

/// <summary>Spans and metrics of Messaging, after OpenTelemetry's conventions for messaging and databases.</summary>
internal sealed partial class MessagingTelemetry : IDisposable
{
    /// <summary>Name of the activity source and the meter.</summary>
    public const string Name = "ConnectChat.Messaging";

    private static readonly RecordSpan ProcessSpan = RecordSpan.Process(Topics.Incoming);
    private static readonly RecordSpan SendSpan = RecordSpan.Send(Topics.Outgoing);
    private static readonly RecordSpan KeepSpan = RecordSpan.Send(Topics.DeadLetter);

    private readonly ActivitySource _source = new(Name);
    private readonly Meter _meter;
    private readonly ILogger _messageLog;
    private readonly Counter<long> _processed;
    private readonly Counter<long> _messages;
    private readonly Counter<long> _records;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _vanished;
    private readonly Histogram<double> _duration;
    private Func<IEnumerable<KeyValuePair<int, long>>> _lag = () => [];
    private Func<IEnumerable<KeyValuePair<int, int>>> _held = () => [];

    /// <summary>Makes the instruments.</summary>
    public MessagingTelemetry(IMeterFactory meters, ILoggerFactory loggers)
    {
        _messageLog = loggers.CreateLogger(MessageLog.Category);
        _meter = meters.Create(Name);
        _processed = _meter.CreateCounter<long>("connectchat.messaging.processed", "{record}", "Incoming records by outcome.");
        _messages = _meter.CreateCounter<long>("connectchat.messaging.published.messages", "{message}", "Messages published for the first time.");
        _records = _meter.CreateCounter<long>(
            "connectchat.messaging.published.records",
            "{record}",
            "Records of durable events that Kafka acknowledged, re-publishes included: divided by the messages, 1 whatever the recipients.");
        _retries = _meter.CreateCounter<long>("connectchat.messaging.retries", "{retry}", "Calls that failed and are tried again, by dependency.");
        _vanished = _meter.CreateCounter<long>(
            "connectchat.messaging.incoming.vanished", "{record}", "Accepted records that the bus no longer had when their turn came: messages lost.");
        _duration = _meter.CreateHistogram<double>("messaging.process.duration", "s", "Time from taking a record in hand to having finished it.");
        _meter.CreateObservableGauge(
            "connectchat.messaging.incoming.lag",
            () => _lag().Select(lag => new Measurement<long>(lag.Value, new KeyValuePair<string, object?>("messaging.destination.partition.id", lag.Key))),
            "{record}",
            "Incoming records that are not finished yet, by partition.");
        _meter.CreateObservableGauge(
            "connectchat.messaging.held",
            () => _held().Select(held => new Measurement<int>(held.Value, new KeyValuePair<string, object?>("messaging.destination.partition.id", held.Key))),
            "{group}",
            "Groups whose messages wait for a dependency, by partition.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _source.Dispose();
        _meter.Dispose();
    }

    /// <summary>Says where the lag is to be asked for.</summary>
    public void ObserveLag(Func<IEnumerable<KeyValuePair<int, long>>> lag) => _lag = lag;

    /// <summary>Says where the number of held groups is to be asked for.</summary>
    public void ObserveHeld(Func<IEnumerable<KeyValuePair<int, int>>> held) => _held = held;

    /// <summary>A call to a dependency failed and is tried again.</summary>
    public void Retried(string dependency) => _retries.Add(1, new KeyValuePair<string, object?>("dependency", dependency));

    /// <summary>So many accepted records are gone from the bus.</summary>
    public void Vanished(long records) => _vanished.Add(records);

    /// <summary>A record is finished.</summary>
    public void Processed(ProcessingOutcome outcome, TimeSpan elapsed, Activity? span)
    {
        var tag = new KeyValuePair<string, object?>("outcome", outcome switch
        {
            ProcessingOutcome.Published => "published",
            ProcessingOutcome.Duplicate => "duplicate",
            ProcessingOutcome.Redelivered => "redelivered",
            ProcessingOutcome.Rejected => "rejected",
            ProcessingOutcome.Told => "told",
            _ => "dead_letter",
        });
        _processed.Add(1, tag);
        _duration.Record(elapsed.TotalSeconds, tag);
        span?.SetTag("connectchat.outcome", tag.Value);
        if (outcome == ProcessingOutcome.DeadLetter)
        {
            span?.SetStatus(ActivityStatusCode.Error);
        }
    }

    /// <summary>A message left for the first time.</summary>
    public void Published(OutgoingEvent message, long recipients)
    {
        _messages.Add(1);
        if (MessageLog.Wants(Activity.Current))
        {
            LogPublished(_messageLog, message.MessageId, message.GroupId, message.Sequence, recipients);
        }
    }

    /// <summary>Kafka acknowledged a record of a durable event.</summary>
    public void RecordAcknowledged() => _records.Add(1);

    /// <summary>A message left once more, after a crash or a rebalance.</summary>
    public void PublishedAgain(OutgoingEvent message, long recipients)
    {
        if (MessageLog.Wants(Activity.Current))
        {
            LogPublishedAgain(_messageLog, message.MessageId, message.GroupId, message.Sequence, recipients);
        }
    }

    /// <summary>A client sent again what is published already.</summary>
    public void Repeated(IncomingEvent message, long sequence)
    {
        if (MessageLog.Wants(Activity.Current))
        {
            LogRepeated(_messageLog, message.ClientMessageId, message.GroupId, sequence);
        }
    }

    /// <summary>The sender was told that a message is refused.</summary>
    public void Rejected(IncomingEvent message, string code)
    {
        if (MessageLog.Wants(Activity.Current))
        {
            LogRejected(_messageLog, message.ClientMessageId, message.GroupId, code);
        }
    }

    /// <summary>Work on a record begins, as part of the trace that the record carries.</summary>
    /// <param name="record">The record.</param>
    /// <param name="together">How many are taken together.</param>
    /// <param name="first">The span of the first of them, in whose trace is what is done for all.</param>
    public Activity? StartProcess(ConsumeResult<string, byte[]> record, int together, Activity? first)
    {
        // Of its own trace, whatever is current: the record's headers say whose child it is.
        Activity.Current = null;
        var span = ProcessSpan.Start(_source, TraceHeaders.Extract(record.Message.Headers))
            ?.SetTag("messaging.destination.partition.id", record.Partition.Value)
            .SetTag("messaging.kafka.offset", record.Offset.Value)
            .SetTag("messaging.batch.message_count", together)
            .SetTag("connectchat.group.id", record.Message.Key);
        return first is null ? span : span?.AddLink(new ActivityLink(first.Context));
    }

    /// <summary>A write to history begins.</summary>
    public Activity? StartHistoryWrite(string table, Activity? parent) => StartChild($"TransactWriteItems {table}", parent)
        ?.SetTag("db.system.name", "aws.dynamodb")
        .SetTag("db.operation.name", "TransactWriteItems")
        .SetTag("db.collection.name", table);

    /// <summary>The sending of one record to the outgoing topic begins.</summary>
    public Activity? StartSend(Activity? parent)
    {
        var outer = Activity.Current;
        Activity.Current = parent;
        var span = SendSpan.Start(_source);
        Activity.Current = outer;
        return span;
    }

    /// <summary>The keeping of one record that can never be processed begins.</summary>
    public Activity? StartKeep() => KeepSpan.Start(_source);

    private Activity? StartChild(string name, Activity? parent)
    {
        var outer = Activity.Current;
        Activity.Current = parent;
        var span = _source.StartActivity(name, ActivityKind.Client);
        Activity.Current = outer;
        return span;
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Message {messageId} of group {groupId} is published at sequence {sequence}: 1 record, {recipients} recipients")]
    private static partial void LogPublished(ILogger logger, string messageId, string groupId, long sequence, long recipients);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Message {messageId} of group {groupId} is published again at sequence {sequence} to {recipients} recipients")]
    private static partial void LogPublishedAgain(ILogger logger, string messageId, string groupId, long sequence, long recipients);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Message {clientMessageId} of group {groupId} was sent before: it is at sequence {sequence}, nothing is published")]
    private static partial void LogRepeated(ILogger logger, string clientMessageId, string groupId, long sequence);

    [LoggerMessage(Level = LogLevel.Information, Message = "Message {clientMessageId} of group {groupId} is rejected: {code}")]
    private static partial void LogRejected(ILogger logger, string clientMessageId, string groupId, string code);
}
