using System.Collections.Concurrent;
using Confluent.Kafka;
using ConnectChat.Checker.Histories;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Recipients;
using ConnectChat.LocalCluster.Clients;
using ConnectChat.Records;

namespace ConnectChat.Checker.Load;

/// <summary>Reads the outgoing topic with a consumer of its own, from its end at the time of construction, and writes every record to the history.</summary>
internal sealed class TopicWatch : IAsyncDisposable
{
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(200);

    private readonly HistoryWriter _history;
    private readonly IConsumer<string, byte[]> _consumer;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;
    private bool _disposed;

    public TopicWatch(string bootstrapServers, HistoryWriter history)
    {
        _history = history;
        _consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = "checker",
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            FetchWaitMaxMs = 50,
        }).SetLogHandler(static (_, _) => { }).SetErrorHandler(static (_, _) => { }).Build();
        _consumer.Assign(_consumer.EndsOf(Topics.Outgoing));
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Group → its newest message.</summary>
    public ConcurrentDictionary<string, MessageFacts> Newest { get; } = [];

    /// <summary>Sends that became messages.</summary>
    public ConcurrentDictionary<SendKey, bool> Seen { get; } = [];

    /// <summary>All numbers in recipient sets.</summary>
    public ConcurrentDictionary<uint, bool> Numbers { get; } = [];

    /// <summary>Stops reading; may be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _stop.CancelAsync();
        await _reading;
        _consumer.Close();
        _consumer.Dispose();
        _stop.Dispose();
    }

    private void Read()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (_consumer.Consume(Wait) is { Message: not null } record)
                {
                    Note(record);
                }
            }
            catch (ConsumeException)
            {
                // A broker that died; the client finds the next one by itself.
            }
        }
    }

    private void Note(ConsumeResult<string, byte[]> record)
    {
        var isMessage = OutgoingRecordCodec.IsMessage(record.Message);
        var message = isMessage ? FactsOf(record.Message) : null;
        _ = RecipientSet.TryDecode(record.Message.Headers.GetLastBytes(RecordHeaders.Recipients), Limits.GroupMembers, out var recipients);
        _history.Add(new TopicRecord(
            _history.Now,
            record.Partition.Value,
            record.Offset.Value,
            record.Message.Key,
            OutgoingRecordCodec.Header(record.Message, RecordHeaders.Kind),
            message,
            recipients,
            OutgoingRecordCodec.TraceId(record.Message)));
        if (message is not null)
        {
            Seen[new SendKey(record.Message.Key, message.Sender, message.ClientId)] = true;
            Newest.AddOrUpdate(record.Message.Key, message, (_, known) => known.Sequence > message.Sequence ? known : message);
            Array.ForEach(recipients, number => Numbers[number] = true);
        }
    }

    private static MessageFacts FactsOf(Message<string, byte[]> record)
    {
        var outgoing = OutgoingRecordCodec.Event(record);
        return new MessageFacts(
            outgoing.Sequence, outgoing.MessageId, outgoing.SenderId, outgoing.ClientMessageId, outgoing.MembershipVersion, Observer.Digest(outgoing.Body));
    }
}
