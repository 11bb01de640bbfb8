namespace ConnectChat.Checker.Faults;

/// <summary>A fault that is to come.</summary>
/// <param name="Number">From 1 on.</param>
/// <param name="Kind">One of <see cref="FaultKind"/>.</param>
/// <param name="Target">The service, the broker, or whose connections.</param>
/// <param name="Start">After the beginning of traffic, at the earliest: what failed before must be well again.</param>
/// <param name="Length">How long it lasts; a kill is over at once.</param>
internal sealed record PlannedFault(int Number, string Kind, string Target, TimeSpan Start, TimeSpan Length);

/// <summary>Which faults come when, from a seed: the same seed and the same kinds give the same plan.</summary>
internal static class FaultPlan
{
    /// <summary>Traffic before the first fault shows what is broken without one.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(4);

    // After a fault there is traffic that nothing disturbs, so that each outage has one cause.
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(4);

    // Short, longer than a call, and longer than every timeout of the product; the last only when the run has time for it.
    private static readonly double[] Lengths = [1, 3, 8];
    private const double Longest = 35;
    private static readonly TimeSpan LongRun = TimeSpan.FromMinutes(5);

    /// <summary>Makes the plan.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="kinds">Which kinds may come.</param>
    /// <param name="gateways">How many gateways there are.</param>
    /// <param name="brokers">How many brokers there are that can be broken; 0 for none.</param>
    /// <param name="store">Whether the store is the checker's own.</param>
    /// <param name="duration">How long traffic lasts.</param>
    public static IReadOnlyList<PlannedFault> Of(int seed, IReadOnlyCollection<string> kinds, int gateways, int brokers, bool store, TimeSpan duration)
    {
        var random = new Random(seed);
        var choices = Choices(kinds, gateways, brokers, store);
        var plan = new List<PlannedFault>();
        var bag = new List<(string Kind, string Target)>();
        var start = Quiet;
        while (choices.Count > 0)
        {
            if (bag.Count == 0)
            {
                // Each kind as often as the others, and each of its targets in turn.
                bag.AddRange(choices.Select(kind => (kind.Key, kind.Value[plan.Count(fault => fault.Kind == kind.Key) % kind.Value.Count])));
            }

            var next = random.Next(bag.Count);
            var (name, target) = bag[next];
            bag.RemoveAt(next);
            var length = LengthOf(name, random, duration);
            if (start + length + Recovery > duration)
            {
                return plan;
            }

            plan.Add(new PlannedFault(plan.Count + 1, name, target, start, length));
            start += length + Recovery;
        }

        return plan;
    }

    private static Dictionary<string, List<string>> Choices(IReadOnlyCollection<string> kinds, int gateways, int brokers, bool store)
    {
        List<string> services = [.. Enumerable.Range(1, gateways).Select(number => $"gateway-{number}").Append("messaging").Append("groups")];
        List<string> processes = store ? [.. services, "dynamodb"] : services;
        var numbers = Enumerable.Range(1, brokers).Select(number => $"broker-{number}").ToList();
        return kinds.Order(StringComparer.Ordinal).ToDictionary(kind => kind, kind => kind switch
        {
            FaultKind.Kill or FaultKind.Pause => processes,
            FaultKind.Term => services,
            FaultKind.KillAll => ["everything"],
            FaultKind.Cut or FaultKind.Stall => ["links"],
            FaultKind.SlowReader => ["readers"],
            _ => numbers,
        }).Where(kind => kind.Value.Count > 0).ToDictionary();
    }

    private static TimeSpan LengthOf(string kind, Random random, TimeSpan duration)
    {
        // Drawn for every kind: what one kind takes must not move the others.
        var drawn = random.Next(Lengths.Length + (duration >= LongRun ? 1 : 0));
        var seconds = drawn < Lengths.Length ? Lengths[drawn] : Longest;
        return kind is FaultKind.Kill or FaultKind.Term or FaultKind.KillAll or FaultKind.Cut or FaultKind.BrokerTerm
            ? TimeSpan.Zero
            : TimeSpan.FromSeconds(seconds);
    }
}
