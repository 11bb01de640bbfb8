using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Invariants;

/// <summary>What broke, where, and for whom: enough to find everything that the history says about it.</summary>
/// <param name="Sentence">What broke, for a person.</param>
/// <param name="Group">The group.</param>
/// <param name="Sequence">The message's place; null when it has none.</param>
/// <param name="ClientId">The send's client message id; null when it is not about a send.</param>
/// <param name="User">Whom it concerns.</param>
/// <param name="Device">At which device.</param>
internal sealed record Violation(
    string Sentence, string? Group = null, long? Sequence = null, string? ClientId = null, string? User = null, string? Device = null);

/// <summary>What an invariant found in a history.</summary>
internal sealed class Findings
{
    private readonly List<Violation> _violations = [];

    /// <summary>How many things were looked at: a verdict over nothing is none.</summary>
    public long Checked { get; private set; }

    public IReadOnlyList<Violation> Violations => _violations;

    /// <summary>One thing is looked at.</summary>
    public void Look() => Checked++;

    /// <summary>It broke.</summary>
    public void Violate(Violation violation) => _violations.Add(violation);

    /// <summary>One thing is looked at, and broke unless the condition holds.</summary>
    public void Expect(bool holds, Func<Violation> otherwise)
    {
        Checked++;
        if (!holds)
        {
            _violations.Add(otherwise());
        }
    }
}

/// <summary>A promise that can be checked on a history alone. Has no state.</summary>
internal abstract class Invariant
{
    /// <summary>Its number in the list of promises.</summary>
    public abstract int Number { get; }

    /// <summary>The promise in one sentence.</summary>
    public abstract string Promise { get; }

    /// <summary>Looks for everything that breaks the promise.</summary>
    public abstract void Check(RecordedHistory history, Findings findings);

    /// <summary>All of them, in the order of their numbers.</summary>
    public static IReadOnlyList<Invariant> All { get; } =
    [
        new EverySendIsShown(), new OneOrder(), new SenderOrder(), new NothingAfterRemoval(), new HistoryStays(),
        new OneRecord(), new OneSequencePerSend(), new RecipientsAreMembers(), new GapsAreTold(), new TrafficEndsComplete(),
    ];

    /// <summary>A time for a sentence.</summary>
    protected static string Seconds(long at) => FormattableString.Invariant($"{at / 1e6:0.000} s");
}
