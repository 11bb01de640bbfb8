using ConnectChat.Contracts.Records;
using ConnectChat.Records;

namespace ConnectChat.Gateway.Deliveries.Kinds;

/// <summary>The kinds that this gateway knows. Immutable, for any thread.</summary>
internal sealed class DeliveryKinds
{
    private readonly DeliveryKind[] _kinds;
    private readonly DurableKind _message;

    /// <exception cref="InvalidOperationException">Two kinds have one name, or none is that of messages.</exception>
    public DeliveryKinds(IEnumerable<DeliveryKind> kinds)
    {
        _kinds = [.. kinds];
        _message = _kinds.OfType<DurableKind>().Single(kind => kind.Name == EventKind.Message);
        if (_kinds.GroupBy(kind => kind.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new InvalidOperationException($"The kind '{twice.Key}' is registered twice.");
        }
    }

    /// <summary>The kind of a record by its header, a message without one; null for a kind that only a newer version knows.</summary>
    public DeliveryKind? Find(byte[]? header) => header is null ? _message : Array.Find(_kinds, kind => kind.Is(header));

    /// <summary>The kind of an event of history; null for a kind that only a newer version knows.</summary>
    public DurableKind? Of(OutgoingEvent outgoing) =>
        outgoing.EventCase == OutgoingEvent.EventOneofCase.Body ? _message : Array.Find(_kinds, kind => kind.Name == EventKind.Of(outgoing)) as DurableKind;
}
