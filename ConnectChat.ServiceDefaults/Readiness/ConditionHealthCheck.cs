using ConnectChat.ServiceDefaults.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ConnectChat.ServiceDefaults.Readiness;

/// <summary>Looks at something that this process knows by itself, and remembers since when it is so. Costs nothing, so it is always current.</summary>
internal sealed class ConditionHealthCheck(Func<string?> problem, TimeProvider clock) : IHealthCheck
{
    private readonly Lock _lock = new();
    private bool? _up;
    private DateTimeOffset _since;

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            var found = problem();
            if (_up != found is null)
            {
                (_up, _since) = (found is null, clock.GetUtcNow());
            }

            return Task.FromResult(context.Result(found, _since));
        }
    }
}
