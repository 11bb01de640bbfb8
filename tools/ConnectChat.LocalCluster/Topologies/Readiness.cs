using ConnectChat.LocalCluster.Embedded;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>
/// Waits until a service that was started is ready: it answers 200 at its health address, and the process that was started is running
/// and is the one that listens there. Another program that answers 200 on the port does not count.
/// </summary>
internal sealed class Readiness(TimeSpan timeout) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http = LoopbackHttp.Client(RequestTimeout);

    /// <summary>Returns when the service is ready.</summary>
    /// <exception cref="TimeoutException">Not in time; the message says what was wrong last, and where the log is.</exception>
    public async Task WaitAsync(ServiceProcess service, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        var problem = "does not answer";
        try
        {
            while (true)
            {
                problem = await ProblemAsync(service, deadline.Token) ?? "";
                if (problem.Length == 0)
                {
                    return;
                }

                await Task.Delay(Pause, deadline.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{service.Name} is not ready after {timeout.TotalSeconds:0} s: {problem}. Log: {service.LogFile}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<string?> ProblemAsync(ServiceProcess service, CancellationToken deadline)
    {
        if (service.RunningProcessId is not { } process)
        {
            return "it does not stay up";
        }

        try
        {
            using var response = await _http.GetAsync(service.HealthUrl, deadline);
            if (!response.IsSuccessStatusCode)
            {
                return await response.Content.ReadAsStringAsync(deadline);
            }

            return service.RunningProcessId != process ? "it does not stay up"
                : PortOwner.MayBeServedBy(process, service.HealthUrl.Port) ? null
                : PortOwner.Describe(service.HealthUrl.Port);
        }
        catch (HttpRequestException)
        {
            return "does not answer";
        }
        catch (OperationCanceledException) when (!deadline.IsCancellationRequested)
        {
            return $"does not answer within {RequestTimeout.TotalSeconds:0} s";
        }
    }
}
