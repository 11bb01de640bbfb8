using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Verdicts;

/// <summary>How long messages took from their send to being shown while one kind of fault was there.</summary>
/// <param name="Kind">The kind; <see cref="Outages.Undisturbed"/> for all other times.</param>
/// <param name="Faults">How many faults.</param>
/// <param name="Deliveries">How many deliveries were measured.</param>
/// <param name="P50">Milliseconds.</param>
/// <param name="P99">Milliseconds.</param>
/// <param name="Max">Milliseconds.</param>
internal sealed record Outage(string Kind, int Faults, int Deliveries, double P50, double P99, double Max);

/// <summary>One delivery: when it was sent, and how long it took. Microseconds.</summary>
internal readonly record struct Delivery(long SentAt, long Took);

/// <summary>Outages per kind of fault.</summary>
internal static class Outages
{
    /// <summary>The kind of no fault.</summary>
    public const string Undisturbed = "no fault";

    // What is sent so soon after a fault is still counted as its outage.
    private const long Aftermath = 2_000_000;

    /// <summary>Every delivery of a send of this run, but those to devices that were away because they were told to be.</summary>
    public static List<Delivery> Deliveries(RecordedHistory history)
    {
        var deliveries = new List<Delivery>();
        foreach (var device in history.Devices.Values)
        {
            foreach (var shown in device.ShownByGroup.Values.SelectMany(shown => shown))
            {
                if (history.SendOf(shown.Group, shown.Message) is { } send && !WasAway(device, send.BegunAt, shown.At))
                {
                    deliveries.Add(new Delivery(send.BegunAt, shown.At - send.BegunAt));
                }
            }
        }

        return deliveries;
    }

    /// <summary>Sorts deliveries by the fault during which their message was sent.</summary>
    public static List<Outage> Of(RecordedHistory history, IEnumerable<Delivery> deliveries)
    {
        var byKind = deliveries.ToLookup(delivery => KindAt(history.Faults, delivery.SentAt), delivery => delivery.Took);
        return [.. history.Faults.Select(fault => fault.Kind).Distinct().Order(StringComparer.Ordinal).Append(Undisturbed).Select(kind =>
        {
            var took = byKind[kind].Order().ToList();
            return new Outage(kind, history.Faults.Count(fault => fault.Kind == kind), took.Count, At(took, 50), At(took, 99), At(took, 100));
        })];
    }

    private static string KindAt(IReadOnlyList<Fault> faults, long at) =>
        faults.LastOrDefault(fault => fault.BeganAt <= at && at < fault.EndedAt + Aftermath)?.Kind ?? Undisturbed;

    private static bool WasAway(DeviceLife device, long from, long to)
    {
        for (var i = 0; i < device.Connections.Count; i++)
        {
            // From its own leaving to its next connection.
            var connection = device.Connections[i];
            var back = i + 1 < device.Connections.Count ? device.Connections[i + 1].BeganAt : long.MaxValue;
            if (connection.EndedOfItsOwn && connection.EndedAt <= to && back >= from)
            {
                return true;
            }
        }

        return false;
    }

    // Nearest rank.
    private static double At(List<long> ascending, double percent) => ascending.Count == 0
        ? 0
        : Math.Round(ascending[Math.Max(0, (int)Math.Ceiling(ascending.Count * percent / 100) - 1)] / 1_000.0, 1);
}
