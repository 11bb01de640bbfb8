using System.Diagnostics;

namespace ConnectChat.ServiceDefaults.Telemetry;

/// <summary>
/// A kind of span about records on the bus, one per operation and topic, after OpenTelemetry's conventions for messaging. Made once and
/// started for every record.
/// </summary>
/// <remarks>
/// <c>messaging.operation</c> is the older name of what is in <c>messaging.operation.name</c>. The Aspire dashboard still reads it: it
/// shows a span as <c>MSG {system} {messaging.operation} {destination}</c>, so that without it one publish and its fan-outs read alike.
/// </remarks>
public sealed class RecordSpan
{
    private readonly string _name;
    private readonly ActivityKind _kind;
    private readonly KeyValuePair<string, object?>[] _tags;

    private RecordSpan(string operation, string type, string topic, ActivityKind kind)
    {
        (_name, _kind) = ($"{operation} {topic}", kind);
        _tags =
        [
            new("messaging.system", "kafka"),
            new("messaging.operation", operation),
            new("messaging.operation.name", operation),
            new("messaging.operation.type", type),
            new("messaging.destination.name", topic),
        ];
    }

    /// <summary>The sending of one record, until Kafka has it on all in-sync replicas.</summary>
    public static RecordSpan Send(string topic) => new("send", "send", topic, ActivityKind.Producer);

    /// <summary>The work on one record.</summary>
    public static RecordSpan Process(string topic) => new("process", "process", topic, ActivityKind.Consumer);

    /// <summary>What one gateway does with one record that all gateways read.</summary>
    public static RecordSpan FanOut(string topic) => new("fan-out", "process", topic, ActivityKind.Consumer);

    /// <summary>Starts a span, as a child of the given context, or of the current span when that is the default. Null when nobody listens.</summary>
    public Activity? Start(ActivitySource source, ActivityContext parent = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.StartActivity(_name, _kind, parent, _tags);
    }
}
