using BitFaster.Caching.Lru;
using Confluent.Kafka;
using ConnectChat.Records;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway.Backpressure;

/// <summary>
/// Accepting stops before a group is some seconds behind, so that whoever has a receipt does not wait for minutes. Each gateway looks at
/// its own sends alone: from their acceptance to the record that says what became of them.
/// </summary>
/// <remarks>Safe for any thread. Groups that nobody sent to for long are forgotten, with what waits for them.</remarks>
internal sealed class GroupBacklogs(IOptions<BackpressureOptions> options, TimeProvider clock)
{
    private const int Remembered = 20_000;

    private readonly ConcurrentLru<string, GroupBacklog> _groups = new(Environment.ProcessorCount, Remembered, StringComparer.Ordinal);

    /// <summary>The group's backlog.</summary>
    public GroupBacklog Of(string groupId) =>
        _groups.GetOrAdd(groupId, static (_, arguments) => new GroupBacklog(arguments.Value, arguments.Clock), (options.Value, Clock: clock));

    /// <summary>A record was read: if it says whose outcome it is, those up to that one wait no longer.</summary>
    public void Read(Message<string, byte[]> record)
    {
        if (record.Key is { } groupId && _groups.TryGet(groupId, out var backlog))
        {
            backlog.Done(OutgoingHeaders.SourceOffset(record.Headers));
        }
    }

    /// <summary>The bus is another one.</summary>
    public void Forget()
    {
        foreach (var (_, backlog) in _groups)
        {
            backlog.Forget();
        }
    }
}
