using Confluent.Kafka;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ConnectChat.Kafka;

/// <summary>
/// What librdkafka reports outside of calls. It reconnects and retries by itself; only a fatal error (an idempotent producer that can
/// no longer promise its order) ends the process, so that its supervisor starts a clean one.
/// </summary>
public sealed partial class KafkaErrors(ILogger<KafkaErrors> logger, IHostApplicationLifetime lifetime)
{
    private long _count;

    /// <summary>How many errors clients have reported; each may have been the loss of a connection.</summary>
    internal long Count => Volatile.Read(ref _count);

    internal void OnProducerError(IProducer<string, byte[]> producer, Error error) => Report("producer", error);

    internal void OnConsumerError(IConsumer<string, byte[]> consumer, Error error) => Report("consumer", error);

    internal void OnProducerLog(IProducer<string, byte[]> producer, LogMessage message) => Log(message);

    internal void OnConsumerLog(IConsumer<string, byte[]> consumer, LogMessage message) => Log(message);

    private void Log(LogMessage message)
    {
        var level = (LogLevel)message.LevelAs(LogLevelType.MicrosoftExtensionsLogging);
        if (logger.IsEnabled(level))
        {
            LogLibrary(logger, level, message.Facility, message.Message);
        }
    }

    private void Report(string client, Error error)
    {
        Interlocked.Increment(ref _count);
        if (!error.IsFatal)
        {
            LogError(logger, client, error.Code, error.Reason);
            return;
        }

        LogFatal(logger, client, error.Code, error.Reason);
        Environment.ExitCode = 70;
        lifetime.StopApplication();
    }

    [LoggerMessage(EventName = "KafkaLibrary", Message = "librdkafka {facility}: {message}")]
    private static partial void LogLibrary(ILogger logger, LogLevel level, string facility, string message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Kafka {client}: {code}: {reason}; librdkafka goes on trying")]
    private static partial void LogError(ILogger logger, string client, ErrorCode code, string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Kafka {client}: fatal {code}: {reason}; stopping, a supervisor must start this service again")]
    private static partial void LogFatal(ILogger logger, string client, ErrorCode code, string reason);
}
