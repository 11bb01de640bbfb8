using System.Text.Json;
using ConnectChat.LocalCluster;
using ConnectChat.LocalCluster.Tracing;

namespace ConnectChat.Tests.Infrastructure.Clients;

/// <summary>What the dashboard of a topology has heard.</summary>
internal sealed class DashboardReader(string dashboard) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(dashboard) };
    private readonly DashboardTraces _traces = new(dashboard);

    /// <summary>The traces of a group's messages, once there are this many and all are complete.</summary>
    public Task<List<MessageTrace>> MessagesAsync(string group, int count, int gateways, CancellationToken cancellationToken) => Polling.UntilAsync(
        async () => (await _traces.MessagesAsync(cancellationToken)).Where(trace => trace.Group == group).ToList(),
        found => found.Count >= count && found.TrueForAll(trace => trace.IsComplete(gateways)),
        cancellationToken);

    /// <summary>What the traces begin with, as "service span", whether they are of messages or not.</summary>
    public async Task<IReadOnlyList<string>> BeginningsAsync(CancellationToken cancellationToken) =>
        [.. (await _traces.AllAsync(cancellationToken))
            .SelectMany(trace => trace.Roots)
            .Where(root => root.ParentId is null)
            .Select(root => $"{root.Service} {root.Name}")
            .Order(StringComparer.Ordinal)];

    /// <summary>What has no known parent: a beginning, or what came of one that is still on its way or was lost with its process.</summary>
    public async Task<IReadOnlyList<string>> RootsAsync(CancellationToken cancellationToken) =>
        [.. (await _traces.AllAsync(cancellationToken))
            .SelectMany(trace => trace.Roots)
            .Select(root => $"{root.Service} {root.Name}")
            .Order(StringComparer.Ordinal)];

    /// <summary>The log lines that lead to a trace, as "service level: text", once there are this many.</summary>
    public Task<List<string>> LinesOfAsync(string trace, int count, CancellationToken cancellationToken) => Polling.UntilAsync(
        async () =>
        {
            using var answer = JsonDocument.Parse(await ReadAsync("logs", cancellationToken));
            return Lines(answer.RootElement.GetProperty("data")).Where(line => line.Trace == trace)
                .Select(line => line.Text).Order(StringComparer.Ordinal).ToList();
        },
        lines => lines.Count >= count,
        cancellationToken);

    /// <summary>All that the API answers with, as text to search, once every service has sent some of it.</summary>
    public async Task<string> RawAsync(string what, IReadOnlyList<string> services, CancellationToken cancellationToken)
    {
        var text = await Polling.UntilAsync(
            () => ReadAsync(what, cancellationToken),
            text => services.All(service => text.Contains($"\"{service}\"", StringComparison.Ordinal)),
            cancellationToken);
        using var answer = JsonDocument.Parse(text);
        Assert.Equal(answer.RootElement.GetProperty("totalCount").GetInt32(), answer.RootElement.GetProperty("returnedCount").GetInt32());
        return text;
    }

    public void Dispose()
    {
        _http.Dispose();
        _traces.Dispose();
    }

    private Task<string> ReadAsync(string what, CancellationToken cancellationToken) =>
        _http.GetStringAsync(new Uri($"api/telemetry/{what}?limit=10000", UriKind.Relative), cancellationToken);

    // OpenTelemetry's JSON for logs (opentelemetry-proto, logs/v1).
    private static IEnumerable<(string? Trace, string Text)> Lines(JsonElement data) =>
        from resource in data.GetProperty("resourceLogs").EnumerateArray()
        let service = resource.GetProperty("resource").GetProperty("attributes").EnumerateArray()
            .First(attribute => attribute.GetProperty("key").GetString() == "service.name").GetProperty("value").GetProperty("stringValue").GetString()
        from scope in resource.GetProperty("scopeLogs").EnumerateArray()
        from line in scope.GetProperty("logRecords").EnumerateArray()
        let trace = line.TryGetProperty("traceId", out var id) ? id.GetString() : null
        select (trace, $"{service} {line.GetProperty("severityText").GetString()}: {line.GetProperty("body").GetProperty("stringValue").GetString()}");
}
