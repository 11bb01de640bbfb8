using ConnectChat.Contracts;

namespace ConnectChat.LocalCluster.Tracing;

/// <summary>The way of one message.</summary>
internal sealed class MessageTrace(IEnumerable<Span> spans)
{
    private const string Accept = $"send {Topics.Incoming}";
    private const string Ask = "connectchat.groups.v1.Groups/GetRecipients";
    private const string Process = $"process {Topics.Incoming}";
    private const string Publish = $"send {Topics.Outgoing}";
    private const string FanOut = $"fan-out {Topics.Outgoing}";

    /// <summary>Its steps in the order in which they began; at least one.</summary>
    public IReadOnlyList<Span> Spans { get; } = [.. spans.OrderBy(span => span.Start)];

    public string Id => Spans[0].TraceId;

    /// <summary>Whether it is the trace of a message at all.</summary>
    public bool IsMessage => Spans.Any(span => span.Name == Accept);

    /// <summary>The group that it was sent to.</summary>
    public string? Group => Spans.Select(span => span.Tags.GetValueOrDefault("connectchat.group.id")).FirstOrDefault(group => group is not null);

    /// <summary>The records that it took on the outgoing topic.</summary>
    public IReadOnlyList<Span> Published => [.. Spans.Where(span => span.Name == Publish)];

    /// <summary>What every gateway made of it.</summary>
    public IReadOnlyList<Span> FanOuts => [.. Spans.Where(span => span.Name == FanOut).OrderBy(Gateway)];

    /// <summary>From the call of SendMessage to the end of the last step.</summary>
    public TimeSpan Duration => Spans.Max(span => span.Start + span.Duration) - Spans[0].Start;

    /// <summary>Steps whose parent is not known here: the root, and those whose parent has not arrived yet.</summary>
    public IEnumerable<Span> Roots
    {
        get
        {
            var known = Spans.Select(span => span.Id).ToHashSet();
            return Spans.Where(span => span.ParentId is null || !known.Contains(span.ParentId));
        }
    }

    /// <summary>Which gateway a fan-out is of.</summary>
    public static string Gateway(Span fanOut) => fanOut.Tags.GetValueOrDefault("connectchat.gateway.id") ?? fanOut.Service;

    /// <summary>Recipients connected to the gateway of a fan-out.</summary>
    public static long Delivered(Span fanOut) => fanOut.Number("connectchat.recipients.delivered") ?? 0;

    /// <summary>Recipients that are not connected there.</summary>
    public static long Ignored(Span fanOut) => fanOut.Number("connectchat.recipients.ignored") ?? 0;

    /// <summary>Steps that a step led to.</summary>
    public IEnumerable<Span> Children(Span parent) => Spans.Where(span => span.ParentId == parent.Id);

    /// <summary>
    /// Whether every service's steps are there: each sends its own, in batches. A step that is still to come shows as a child without its
    /// parent, but those of Groups and of the gateways have no children, so they are looked for. Of messages that were taken together the
    /// question to Groups is in the first one's trace, to which the others link.
    /// </summary>
    public bool IsComplete(int gateways) =>
        FanOuts.Count >= gateways && Published.Count > 0 && Roots.Count() == 1
        && (Spans.LastOrDefault(span => span.Name == Ask) is { } ask ? Children(ask).Any() : TakenTogether);

    private bool TakenTogether => Spans.Any(span => span.Name == Process && span.Number("messaging.batch.message_count") > 1);
}
