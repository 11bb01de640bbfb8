using System.Diagnostics;
using System.Diagnostics.Metrics;
using ConnectChat.ServiceDefaults.Telemetry;

namespace ConnectChat.Groups.Telemetry;

/// <summary>Names and units of what Groups tells about itself. Never user ids or member lists.</summary>
internal sealed partial class GroupsTelemetry : IDisposable
{
    /// <summary>Activity source and meter.</summary>
    public const string Name = "ConnectChat.Groups";

    private readonly ActivitySource _source = new(Name);
    private readonly ILogger _messages;
    private readonly Counter<long> _recipientReads;
    private readonly Counter<long> _changedMembers;

    public GroupsTelemetry(IMeterFactory meters, ILoggerFactory loggers)
    {
        _messages = loggers.CreateLogger(MessageLog.Category);
        var meter = meters.Create(Name);
        _recipientReads = meter.CreateCounter<long>(
            "connectchat.groups.recipient_reads", "{read}", "GetRecipients by outcome: not_modified, cached, read, group_not_found");
        _changedMembers = meter.CreateCounter<long>(
            "connectchat.groups.changed_members", "{member}", "Members added, removed or given another role, by kind of change: create, add, remove, join");
    }

    /// <summary>One GetRecipients was answered; with version and count 0 when there is no such group.</summary>
    public void RecipientsRead(string outcome, string groupId, long version, int count)
    {
        _recipientReads.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        if (MessageLog.Wants(Activity.Current))
        {
            LogRecipients(_messages, groupId, outcome, count, version);
        }
    }

    /// <summary>A change was acknowledged.</summary>
    public void Changed(string kind, int members) => _changedMembers.Add(members, new KeyValuePair<string, object?>("kind", kind));

    /// <summary>The span of one request to the store, by the OpenTelemetry conventions for DynamoDB. Dispose it when the request ended.</summary>
    public StoreOperation StartOperation(string operation, string table)
    {
        // The tags are made only where somebody listens.
        var activity = _source.StartActivity($"{operation} {table}", ActivityKind.Client);
        activity?.SetTag("db.system.name", "aws.dynamodb").SetTag("db.operation.name", operation).SetTag("db.collection.name", table);
        return new StoreOperation(activity);
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    [LoggerMessage(Level = LogLevel.Information, Message = "Recipients of group {groupId} are answered ({outcome}): {count} at version {version}")]
    private static partial void LogRecipients(ILogger logger, string groupId, string outcome, int count, long version);

    /// <summary>A request to the store.</summary>
    internal readonly struct StoreOperation(Activity? activity) : IDisposable
    {
        /// <summary>Awaits the request; a failure marks the span.</summary>
        public async Task<T> Watch<T>(Task<T> request)
        {
            try
            {
                return await request;
            }
            catch (Exception exception)
            {
                activity?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", exception.GetType().Name);
                throw;
            }
        }

        /// <inheritdoc/>
        public void Dispose() => activity?.Dispose();
    }
}
