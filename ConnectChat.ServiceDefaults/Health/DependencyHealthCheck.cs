using ConnectChat.ServiceDefaults.Telemetry;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ConnectChat.ServiceDefaults.Health;

/// <summary>
/// Asks one dependency whether it answers, and remembers since when it does or does not. One instance per dependency lives as long
/// as the service.
/// </summary>
/// <remarks>The probe has two seconds: a dependency that hangs is down.</remarks>
internal sealed class DependencyHealthCheck(Func<CancellationToken, Task<string?>> probe, TimeProvider clock) : IHealthCheck
{
    /// <summary>The key of <see cref="HealthCheckResult.Data"/> that holds a <see cref="DateTimeOffset"/>.</summary>
    public const string Since = "since";

    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private bool? _up;
    private DateTimeOffset _since;

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var problem = await ProbeAsync(cancellationToken);
        Dictionary<string, object> data;
        lock (_lock)
        {
            if (_up != (problem is null))
            {
                _up = problem is null;
                _since = clock.GetUtcNow();
            }

            data = new Dictionary<string, object> { [Since] = _since };
        }

        return problem is null
            ? HealthCheckResult.Healthy(data: data)
            : new HealthCheckResult(context.Registration.FailureStatus, problem, data: data);
    }

    private async Task<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        using var untraced = Untraced.Begin();
        try
        {
            return await probe(cancellationToken).WaitAsync(ProbeTimeout, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            return $"does not answer within {ProbeTimeout.TotalSeconds:0} s";
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The type tells an operator what kind of failure it is; the message may hold addresses or keys.
            return $"does not answer: {exception.GetType().Name}";
        }
    }
}
