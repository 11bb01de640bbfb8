using ConnectChat.Contracts.Records;
using ConnectChat.Records;

namespace ConnectChat.Messaging.Events;

/// <summary>The kinds that this service knows. Immutable, for any thread.</summary>
internal sealed class EventRules(IEnumerable<EventRule> rules)
{
    private readonly Dictionary<string, EventRule> _rules = rules.ToDictionary(rule => rule.Kind, StringComparer.Ordinal);

    /// <summary>The rule of an event; null for a kind that nobody registered.</summary>
    public EventRule? Find(IncomingEvent incoming) => _rules.GetValueOrDefault(EventKind.Of(incoming));
}
