using System.Globalization;

namespace ConnectChat.LocalCluster.Tracing;

/// <summary>One step of a message's way.</summary>
internal sealed record Span
{
    public required string TraceId { get; init; }

    public required string Id { get; init; }

    /// <summary>Null for the root.</summary>
    public required string? ParentId { get; init; }

    /// <summary>Who did it.</summary>
    public required string Service { get; init; }

    public required string Name { get; init; }

    /// <summary>OpenTelemetry's number: 1 internal, 2 server, 3 client, 4 producer, 5 consumer; 0 when nothing was said.</summary>
    public int Kind { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>Whether it ended in an error.</summary>
    public required bool Failed { get; init; }

    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>A number that a tag holds; null when there is no such tag.</summary>
    public long? Number(string tag) => Tags.TryGetValue(tag, out var text) && long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;
}
