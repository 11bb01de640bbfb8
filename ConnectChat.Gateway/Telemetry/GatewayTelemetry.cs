using System.Diagnostics;
using System.Diagnostics.Metrics;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Gateway.Errors;
using ConnectChat.Records;
using ConnectChat.ServiceDefaults.Telemetry;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway.Telemetry;

/// <summary>What the gateway tells about itself: call sites say what happened, names and units are here.</summary>
internal sealed partial class GatewayTelemetry : IDisposable
{
    public const string Name = $"{TelemetryExtensions.Prefix}Gateway";

    // What the hub is called on spans.
    private const string Hub = "ChatHub";

    private static readonly RecordSpan SendSpan = RecordSpan.Send(Topics.Incoming);
    private static readonly RecordSpan FanOutSpan = RecordSpan.FanOut(Topics.Outgoing);

    private readonly ActivitySource _source = new(Name);
    private readonly Meter _meter;
    private readonly ILogger _messages;
    private readonly string _gatewayId;
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _refusedCalls;
    private readonly Counter<long> _delivered;
    private readonly Counter<long> _frames;
    private readonly Counter<long> _ignored;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _unreadable;
    private readonly Counter<long> _unknownKinds;
    private readonly Counter<long> _jumps;
    private readonly Counter<long> _cutOffs;
    private readonly Counter<long> _replayed;
    private readonly Histogram<double> _ignoredCost;
    private readonly Histogram<double> _delay;
    private Func<int> _connections = () => 0;
    private long _lag;

    public GatewayTelemetry(IMeterFactory meters, ILoggerFactory loggers, IOptions<GatewayOptions> options)
    {
        _messages = loggers.CreateLogger(MessageLog.Category);
        _gatewayId = options.Value.Id;
        _meter = meters.Create(Name);
        _accepted = _meter.CreateCounter<long>("connectchat.messages.accepted", "{message}", "Sends that Kafka has.");
        _rejected = _meter.CreateCounter<long>("connectchat.messages.refused", "{message}", "Sends refused by this gateway, by code.");
        _refusedCalls = _meter.CreateCounter<long>("connectchat.calls.refused", "{call}", "Calls on the hub that were refused, by method and code.");
        _delivered = _meter.CreateCounter<long>("connectchat.recipients.delivered", "{recipient}", "Recipients connected here.");
        _frames = _meter.CreateCounter<long>("connectchat.frames.enqueued", "{frame}", "Frames queued to connections.");
        _ignored = _meter.CreateCounter<long>("connectchat.recipients.ignored", "{recipient}", "Recipients not connected here.");
        _duplicates = _meter.CreateCounter<long>("connectchat.records.duplicate", "{record}", "Re-publishes recognised by their sequence.");
        _unreadable = _meter.CreateCounter<long>("connectchat.records.unreadable", "{record}", "Outgoing records that cannot be read, by reason.");
        _unknownKinds = _meter.CreateCounter<long>("connectchat.records.unknown_kind", "{record}", "Records of a kind that only a newer version knows.");
        _jumps = _meter.CreateCounter<long>("connectchat.bus.position_jumps", "{jump}", "The bus lost or repeated offsets: retention or data loss.");
        _cutOffs = _meter.CreateCounter<long>("connectchat.outbox.cut_offs", "{connection}", "Connections cut off at the bound of their send queue.");
        _replayed = _meter.CreateCounter<long>("connectchat.messages.replayed", "{message}", "Messages replayed by Resume.");
        _ignoredCost = _meter.CreateHistogram<double>("connectchat.ignored_record.duration", "us", "Cost of a record without a local recipient.");
        _delay = _meter.CreateHistogram<double>("connectchat.delivery.delay", "s", "From accepted by a gateway to queued on the sockets.");
        _meter.CreateObservableGauge("connectchat.connections", () => _connections(), "{connection}", "Connections of users.");
        _meter.CreateObservableGauge("connectchat.bus.lag", () => Volatile.Read(ref _lag), "{record}", "Outgoing records not read yet.");
    }

    /// <summary>Kafka has a message.</summary>
    public void Accepted(string groupId, string clientMessageId)
    {
        _accepted.Add(1);
        if (MessageLog.Wants(Activity.Current))
        {
            LogAccepted(_messages, clientMessageId, groupId);
        }
    }

    public void Refused(string code) => _rejected.Add(1, new KeyValuePair<string, object?>("error.type", code));

    /// <summary>A call on the hub was refused.</summary>
    /// <param name="method">A method that there is: what a client calls it may be anything.</param>
    /// <param name="code">Why.</param>
    public void CallRefused(string method, string code) =>
        _refusedCalls.Add(1, new KeyValuePair<string, object?>("rpc.method", method), new KeyValuePair<string, object?>("error.type", code));

    public void Ignored(long recipients, long startedAt)
    {
        _ignored.Add(recipients);
        _ignoredCost.Record(Stopwatch.GetElapsedTime(startedAt).TotalMicroseconds);
    }

    public void Delivered(int recipients, int frames, long ignored, TimeSpan delay)
    {
        _delivered.Add(recipients);
        _frames.Add(frames);
        _ignored.Add(ignored);
        _delay.Record(Math.Max(0, delay.TotalSeconds));
    }

    public void Duplicate() => _duplicates.Add(1);

    /// <summary>A record cannot be read. Its error is a span also where the trace is not kept.</summary>
    public void Unreadable(Headers? headers, string reason)
    {
        _unreadable.Add(1, new KeyValuePair<string, object?>("error.type", reason));
        if (headers is not null && !TraceHeaders.IsSampled(headers))
        {
            using var span = FanOutSpan.Start(_source, TraceHeaders.Extract(headers));
            span?.SetTag("connectchat.gateway.id", _gatewayId).SetTag("error.type", reason).SetStatus(ActivityStatusCode.Error, "unreadable record");
        }
    }

    /// <summary>A record of a kind that only a newer version knows.</summary>
    public void UnknownKind() => _unknownKinds.Add(1);

    public void PositionJumped() => _jumps.Add(1);

    public void CutOff(string cause) => _cutOffs.Add(1, new KeyValuePair<string, object?>("connectchat.cause", cause));

    public void Replayed(int messages) => _replayed.Add(messages);

    /// <summary>Says where the number of connections is to be asked for.</summary>
    public void ObserveConnections(Func<int> connections) => _connections = connections;

    public void BusLag(long records) => Volatile.Write(ref _lag, records);

    /// <summary>The root of a trace: one call of a client on the hub.</summary>
    /// <param name="method">The hub's method.</param>
    /// <param name="groupId">The group that the call is about; null for none.</param>
    /// <param name="groupSize">
    /// Its members, where their number is known. The tag is there from the beginning, because the sampler decides here for the whole way
    /// of a message.
    /// </param>
    public Activity? StartCall(string method, string? groupId, int? groupSize) => StartRoot(
        $"{Hub}/{method}",
        new TagList { { "rpc.system", "signalr" }, { "rpc.service", Hub }, { "rpc.method", method } },
        groupId,
        groupSize);

    /// <summary>The root of a trace: one message over REST. Parameters as for <see cref="StartCall"/>.</summary>
    public Activity? StartRequest(string method, string route, string? groupId, int? groupSize) => StartRoot(
        $"{method} {route}",
        new TagList { { "http.request.method", method }, { "http.route", route } },
        groupId,
        groupSize);

    /// <summary>Notes on the root span that the call was refused.</summary>
    public static void Refused(Activity? root, Refusal refusal)
    {
        root?.SetTag("error.type", refusal.Code);
        if (refusal.Code is ErrorCodes.Internal or ErrorCodes.Unavailable)
        {
            // The others are the client's business: marked as errors, they would have all traces of one noisy client kept.
            root?.SetStatus(ActivityStatusCode.Error);
        }
    }

    /// <summary>Notes on the root span how a call ended that did not succeed.</summary>
    public static void Failed(Activity? root, Exception failure)
    {
        switch (failure)
        {
            case OperationCanceledException:
                break;
            case RequestException exception:
                Refused(root, exception.Refusal);
                break;
            default:
                root?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", failure.GetType().Name);
                break;
        }
    }

    /// <summary>The span of one send, from validated to acknowledged by Kafka.</summary>
    public Activity? StartSend(string groupId) => SendSpan.Start(_source)?.SetTag("connectchat.group.id", groupId);

    /// <summary>
    /// The span of one record on this gateway, a child of its publish; null where the trace is not kept. Every gateway asks for every
    /// record, so what is not looked at must not be built.
    /// </summary>
    public Activity? StartFanOut(Headers headers) => _source.HasListeners() && TraceHeaders.IsSampled(headers)
        ? FanOutSpan.Start(_source, TraceHeaders.Extract(headers))?.SetTag("connectchat.gateway.id", _gatewayId)
        : null;

    /// <summary>What a record came to on this gateway.</summary>
    public void FannedOut(Activity? span, string kind, string groupId, long sequence, int delivered, int ignored)
    {
        span?.SetTag("connectchat.recipients.delivered", delivered).SetTag("connectchat.recipients.ignored", ignored);
        if (!MessageLog.Wants(span))
        {
            return;
        }

        if (sequence > 0)
        {
            LogFannedOut(_messages, sequence, groupId, delivered, ignored);
        }
        else
        {
            LogEphemeralFannedOut(_messages, kind, groupId, delivered, ignored);
        }
    }

    public void Dispose()
    {
        _source.Dispose();
        _meter.Dispose();
    }

    private Activity? StartRoot(string name, TagList tags, string? groupId, int? groupSize)
    {
        if (!_source.HasListeners())
        {
            return null;
        }

        if (groupId is not null)
        {
            tags.Add("connectchat.group.id", groupId);
        }

        if (groupSize is not null)
        {
            tags.Add(TelemetryExtensions.GroupSize, groupSize.Value);
        }

        // The request that became the WebSocket lasts for hours, and the request of a REST send began before its group was known: neither
        // is traced, and no call is a child of it.
        Activity.Current = null;
        return _source.StartActivity(name, ActivityKind.Server, parentContext: default, tags);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Message {clientMessageId} of group {groupId} is accepted")]
    private static partial void LogAccepted(ILogger logger, string clientMessageId, string groupId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sequence {sequence} of group {groupId} is fanned out: {delivered} delivered, {ignored} ignored")]
    private static partial void LogFannedOut(ILogger logger, long sequence, string groupId, int delivered, int ignored);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "An event of kind {kind} in group {groupId} is fanned out: {delivered} delivered, {ignored} ignored")]
    private static partial void LogEphemeralFannedOut(ILogger logger, string kind, string groupId, int delivered, int ignored);
}
