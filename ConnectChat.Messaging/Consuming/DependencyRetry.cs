using Confluent.Kafka;
using ConnectChat.Kafka;
using ConnectChat.Messaging.Telemetry;
using ConnectChat.ServiceDefaults;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;

namespace ConnectChat.Messaging.Consuming;

/// <summary>
/// Calls dependencies until they answer: a batch is held as long as something is down or wrongly set up, never skipped. Ends with an
/// exception only when its partition is given up, or when these records are what the dependency refuses.
/// </summary>
internal sealed partial class DependencyRetry(
    IOptions<MessagingOptions> options, TimeProvider clock, MessagingTelemetry telemetry, ILogger<DependencyRetry> logger)
{
    private static readonly ResiliencePropertyKey<Held> HeldKey = new("held");

    // A dependency that stays down is reported when it goes and about once a minute after, not on every try of every group.
    private const int TriesPerReport = 12;

    private readonly ResiliencePipeline _pipeline = new ResiliencePipelineBuilder { TimeProvider = clock }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = args => ValueTask.FromResult(
                !args.Context.CancellationToken.IsCancellationRequested && args.Outcome.Exception is { } exception && IsHeld(exception)),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromMilliseconds(50),
            MaxDelay = options.Value.RetryPause,
            OnRetry = args =>
            {
                if (args.Context.Properties.TryGetValue(HeldKey, out var held))
                {
                    held.Batch.WaitBegins();
                    held.Waiting = true;
                    telemetry.Retried(held.Dependency);
                    if (args.AttemptNumber % TriesPerReport == 0)
                    {
                        LogHeld(logger, held.Dependency, args.AttemptNumber + 1, held.Batch.Source, args.Outcome.Exception);
                    }
                }

                return ValueTask.CompletedTask;
            },
        })
        .Build();

    /// <summary>Calls until it succeeds.</summary>
    /// <exception cref="OperationCanceledException">The partition is given up.</exception>
    public async Task<T> CallAsync<T>(string dependency, IncomingBatch batch, Func<CancellationToken, Task<T>> call)
    {
        var held = new Held(dependency, batch);
        var context = ResilienceContextPool.Shared.Get(batch.Stopping);
        context.Properties.Set(HeldKey, held);
        try
        {
            return await _pipeline.ExecuteAsync(
                async running =>
                {
                    held.GoOn();
                    return await call(running.CancellationToken);
                },
                context);
        }
        catch (Exception) when (batch.Stopping.IsCancellationRequested)
        {
            throw new OperationCanceledException(batch.Stopping);
        }
        finally
        {
            held.GoOn();
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>
    /// True unless the dependency refuses these very records: everything else, a missing permission or table as well as an outage, is
    /// mended by an operator and must cost no message.
    /// </summary>
    private static bool IsHeld(Exception exception) => exception switch
    {
        MembershipBehindException => true,
        KafkaException kafka => KafkaFailures.IsTransient(kafka),
        _ => DependencyFailures.IsTransient(exception),
    };

    private sealed class Held(string dependency, IncomingBatch batch)
    {
        public string Dependency => dependency;

        public IncomingBatch Batch => batch;

        public bool Waiting { get; set; }

        public void GoOn()
        {
            if (Waiting)
            {
                Waiting = false;
                batch.WaitEnds();
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{dependency} failed {attempts} times for the group of the record at {source}; it is held")]
    private static partial void LogHeld(ILogger logger, string dependency, int attempts, TopicPartitionOffset source, Exception? exception);
}
