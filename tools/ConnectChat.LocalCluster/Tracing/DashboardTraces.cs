using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.LocalCluster.Tracing;

/// <summary>Reads traces back from the Aspire dashboard's API.</summary>
internal sealed class DashboardTraces(string dashboard) : IDisposable
{
    private const int Newest = 500;

    private readonly HttpClient _http = LoopbackHttp.Client(TimeSpan.FromSeconds(10), new Uri(dashboard));

    /// <summary>The trace of the message that was sent last. Waits up to the patience for its last spans; returns what there is then.</summary>
    /// <exception cref="CommandException">There is none, or no dashboard answers.</exception>
    public async Task<MessageTrace> LastMessageAsync(int gateways, TimeSpan patience, CancellationToken cancellationToken) =>
        await PollAsync(async () => (await MessagesAsync(cancellationToken)).MaxBy(trace => trace.Spans[0].Start), gateways, patience, cancellationToken)
        ?? throw new CommandException("No message was traced yet. Send one, or wait a moment: services send their spans in batches.");

    /// <summary>The newest message whose spans are all there; null when none is after the patience.</summary>
    public async Task<MessageTrace?> CompleteMessageAsync(int gateways, TimeSpan patience, CancellationToken cancellationToken) => await PollAsync(
        async () => (await MessagesAsync(cancellationToken)).Where(trace => trace.IsComplete(gateways)).MaxBy(trace => trace.Spans[0].Start),
        gateways,
        patience,
        cancellationToken);

    /// <summary>One trace.</summary>
    /// <exception cref="CommandException">There is none of this id.</exception>
    public async Task<MessageTrace> FindAsync(string traceId, CancellationToken cancellationToken) =>
        (await ReadAsync($"api/telemetry/traces/{Uri.EscapeDataString(traceId)}", cancellationToken)).FirstOrDefault()
        ?? throw new CommandException($"The dashboard knows no trace {traceId}.");

    /// <summary>The newest traces of messages.</summary>
    public async Task<IReadOnlyList<MessageTrace>> MessagesAsync(CancellationToken cancellationToken) =>
        [.. (await AllAsync(cancellationToken)).Where(trace => trace.IsMessage)];

    /// <summary>The newest traces, of whatever.</summary>
    public async Task<IReadOnlyList<MessageTrace>> AllAsync(CancellationToken cancellationToken) =>
        [.. await ReadAsync($"api/telemetry/traces?limit={Newest}", cancellationToken)];

    public void Dispose() => _http.Dispose();

    private static Task<MessageTrace?> PollAsync(Func<Task<MessageTrace?>> read, int gateways, TimeSpan patience, CancellationToken cancellationToken) =>
        Polling.UntilAsync(read, trace => trace?.IsComplete(gateways) == true, patience, cancellationToken);

    private async Task<IEnumerable<MessageTrace>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                return [];
            }

            response.EnsureSuccessStatusCode();
            var answer = await response.Content.ReadFromJsonAsync<OtlpAnswer>(cancellationToken);
            return (answer?.Data?.ResourceSpans ?? [])
                .SelectMany(resource => (resource.ScopeSpans ?? []).SelectMany(scope => scope.Spans ?? []).Select(span => span.ToSpan(ServiceOf(resource))))
                .GroupBy(span => span.TraceId)
                .Select(spans => new MessageTrace(spans));
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or NotSupportedException
            || (failure is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new CommandException($"The dashboard at {dashboard} does not answer with traces: {failure.Message}");
        }
    }

    private static string ServiceOf(OtlpResourceSpans resource) =>
        resource.Resource?.Attributes?.FirstOrDefault(attribute => attribute.Key == "service.name")?.Value?.StringValue ?? "?";
}
