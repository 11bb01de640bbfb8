using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using ConnectChat.Contracts;
using ConnectChat.ServiceDefaults.Logging;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ConnectChat.Kafka;

/// <summary>
/// Sees to it that the topics exist. Every service calls it before it produces or consumes, so that none depends on which starts first;
/// topics that exist are left as they are.
/// </summary>
public sealed partial class KafkaTopics(
    IProducer<string, byte[]> producer, IOptions<KafkaTopicsOptions> options, TimeProvider clock, ILogger<KafkaTopics> logger)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly IAdminClient _admin = new DependentAdminClientBuilder(producer.Handle).Build();

    /// <summary>Returns when all topics exist; while Kafka does not answer it goes on trying.</summary>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        var reports = new FailureReports(clock);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                // GetMetadata blocks its thread up to the timeout.
                if (await Task.Run(Missing, cancellationToken) is not { Count: > 0 } missing)
                {
                    return;
                }

                await _admin.CreateTopicsAsync(missing, new CreateTopicsOptions { RequestTimeout = Timeout, OperationTimeout = Timeout })
                    .WaitAsync(cancellationToken);
            }
            catch (CreateTopicsException exception)
                when (exception.Results.All(result => result.Error.Code is ErrorCode.NoError or ErrorCode.TopicAlreadyExists))
            {
                // Another service was faster.
            }
            catch (KafkaException exception)
            {
                if (reports.Failed(out _) != FailureReport.None)
                {
                    LogRetry(logger, exception.Error.Reason);
                }
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    /// <summary>How many partitions a topic has now.</summary>
    /// <exception cref="KafkaException">Kafka does not answer, or there is no such topic.</exception>
    public int PartitionCount(string topic)
    {
        var metadata = _admin.GetMetadata(topic, Timeout).Topics.Single(found => found.Topic == topic);
        return metadata.Error.IsError ? throw new KafkaException(metadata.Error) : metadata.Partitions.Count;
    }

    /// <summary>Null when a broker answers, otherwise what is wrong.</summary>
    internal string? Probe()
    {
        try
        {
            return _admin.GetMetadata(Topics.Outgoing, TimeSpan.FromSeconds(1.5)).Brokers.Count > 0 ? null : "no broker";
        }
        catch (KafkaException exception)
        {
            return $"does not answer: {exception.Error.Code}";
        }
    }

    private List<TopicSpecification> Missing()
    {
        var existing = _admin.GetMetadata(Timeout).Topics.Where(topic => !topic.Error.IsError).Select(topic => topic.Topic).ToHashSet();
        return Wanted().Where(topic => !existing.Contains(topic.Name)).ToList();
    }

    private IEnumerable<TopicSpecification> Wanted()
    {
        var wanted = options.Value;
        yield return Topic(Topics.Incoming, wanted.IncomingPartitions, wanted.IncomingRetention);
        yield return Topic(Topics.Outgoing, wanted.OutgoingPartitions, wanted.OutgoingRetention);
        yield return Topic(Topics.DeadLetter, wanted.IncomingPartitions, TopicSchema.DeadLetter.Retention);
    }

    private TopicSpecification Topic(string name, int partitions, TimeSpan retention) => new()
    {
        Name = name,
        NumPartitions = partitions,
        ReplicationFactor = options.Value.ReplicationFactor,
        Configs = new Dictionary<string, string> { ["retention.ms"] = ((long)retention.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) },
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Kafka does not answer yet ({reason}); asking again for the topics")]
    private static partial void LogRetry(ILogger logger, string reason);
}
