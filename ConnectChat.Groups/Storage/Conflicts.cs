using ConnectChat.ServiceDefaults.DynamoDb;
using Polly;
using Polly.Retry;

namespace ConnectChat.Groups.Storage;

/// <summary>How often, and after which pauses, a transaction that lost a race is planned anew.</summary>
internal static class Conflicts
{
    private const int Attempts = 30;

    /// <summary>Jittered exponential pauses of 5 ms up to 500 ms; after some ten seconds of bad luck the conflict is the caller's.</summary>
    public static ResiliencePipeline Pipeline(TimeProvider clock) => new ResiliencePipelineBuilder { TimeProvider = clock }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = arguments => ValueTask.FromResult(
                arguments.Outcome.Exception is { } exception && DynamoDbErrors.IsConflict(exception)),
            MaxRetryAttempts = Attempts,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(5),
            MaxDelay = TimeSpan.FromMilliseconds(500),
            UseJitter = true,
        })
        .Build();
}
