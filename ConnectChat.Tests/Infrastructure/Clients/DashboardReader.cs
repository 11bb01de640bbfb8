using System.Text.Json;
using ConnectChat.LocalCluster.Tracing;

namespace ConnectChat.Tests.Infrastructure.Clients;

/// <summary>What the dashboard of a topology has heard.</summary>
internal sealed class DashboardReader(string dashboard) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly HttpClient _http = new() { BaseAddress = new Uri(dashboard) };
    private readonly DashboardTraces _traces = new(dashboard);

    /// <summary>The traces of a group's messages, once there are this many and all are complete.</summary>
    public async Task<List<MessageTrace>> MessagesAsync(string group, int count, int gateways, CancellationToken cancellationToken)
    {
        while (true)
        {
            var found = (await _traces.MessagesAsync(cancellationToken)).Where(trace => trace.Group == group).ToList();
            if (found.Count >= count && found.TrueForAll(trace => trace.IsComplete(gateways)))
            {
                return found;
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>What the traces begin with, as "service span", whether they are of messages or not.</summary>
    public async Task<IReadOnlyList<string>> BeginningsAsync(CancellationToken cancellationToken) =>
        [.. (await _traces.AllAsync(cancellationToken)).SelectMany(trace => trace.Roots).Where(root => root.ParentId is null).Select(root => $"{root.Service} {root.Name}").Order(StringComparer.Ordinal)];

    /// <summary>What has no known parent: a beginning, or what came of one that is still on its way or was lost with its process.</summary>
    public async Task<IReadOnlyList<string>> RootsAsync(CancellationToken cancellationToken) =>
        [.. (await _traces.AllAsync(cancellationToken)).SelectMany(trace => trace.Roots).Select(root => $"{root.Service} {root.Name}").Order(StringComparer.Ordinal)];

    /// <summary>The log lines that lead to a trace, as "service level: text", once there are this many.</summary>
    public async Task<IReadOnlyList<string>> LinesOfAsync(string trace, int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var answer = JsonDocument.Parse(await _http.GetStringAsync(new Uri("api/telemetry/logs?limit=10000", UriKind.Relative), cancellationToken));
            var lines = Lines(answer.RootElement.GetProperty("data")).Where(line => line.Trace == trace).Select(line => line.Text).Order(StringComparer.Ordinal).ToList();
            if (lines.Count >= count)
            {
                return lines;
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>All that the API answers with, as text to search, once every service has sent some of it.</summary>
    public async Task<string> RawAsync(string what, IReadOnlyList<string> services, CancellationToken cancellationToken)
    {
        while (true)
        {
            var text = await _http.GetStringAsync(new Uri($"api/telemetry/{what}?limit=10000", UriKind.Relative), cancellationToken);
            if (services.All(service => text.Contains($"\"{service}\"", StringComparison.Ordinal)))
            {
                using var answer = JsonDocument.Parse(text);
                Assert.Equal(answer.RootElement.GetProperty("totalCount").GetInt32(), answer.RootElement.GetProperty("returnedCount").GetInt32());
                return text;
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _traces.Dispose();
    }

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
