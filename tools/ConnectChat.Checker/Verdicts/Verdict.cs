using System.Text.Json;
using ConnectChat.Checker.Histories;
using ConnectChat.Checker.Invariants;

namespace ConnectChat.Checker.Verdicts;

/// <summary>What was found about one promise.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Promise">The promise.</param>
/// <param name="Checked">How many things were looked at.</param>
/// <param name="Violations">How often it broke.</param>
/// <param name="First">The first counter-example; null when it was kept.</param>
/// <param name="Path">Everything that the history says about the message of the counter-example.</param>
internal sealed record PromiseVerdict(int Number, string Promise, long Checked, int Violations, string? First, IReadOnlyList<string> Path);

/// <summary>What a history says about the promises, and what was done to learn it. The object of <c>--json</c>.</summary>
internal sealed record Verdict
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public required RunStarted Run { get; init; }

    public required double Seconds { get; init; }

    public required int Devices { get; init; }

    public required int Sends { get; init; }

    public required int Accepted { get; init; }

    public required int Rejected { get; init; }

    public required int Unanswered { get; init; }

    /// <summary>Attempts to send a message that had been sent before.</summary>
    public required int Repeated { get; init; }

    public required int Messages { get; init; }

    public required int Deliveries { get; init; }

    public required int Records { get; init; }

    public required long RecordsAgain { get; init; }

    public required int MembershipChanges { get; init; }

    public required int HistoryReads { get; init; }

    public required int Connections { get; init; }

    public required int GapsTold { get; init; }

    public required IReadOnlyDictionary<string, int> Faults { get; init; }

    public required IReadOnlyList<Outage> Outages { get; init; }

    public required IReadOnlyList<PromiseVerdict> Promises { get; init; }

    public int Violations => Promises.Sum(promise => promise.Violations);

    /// <summary>Nothing broke, and there was something that could have.</summary>
    public bool Kept => Violations == 0 && Deliveries > 0;

    /// <summary>Judges a history.</summary>
    public static Verdict Of(RecordedHistory history) => new()
    {
        Run = history.Run,
        Seconds = Math.Round((history.TrafficEndedAt - history.Run.At) / 1e6, 1),
        Devices = history.Devices.Count,
        Sends = history.Sends.Count,
        Accepted = history.Sends.Count(send => send.AcceptedAt is not null),
        Rejected = history.Sends.Count(send => send.RejectedWith is not null),
        Unanswered = history.Sends.Count(send => send.AcceptedAt is null && send.RefusedWith is null),
        Repeated = history.All.OfType<SendBegun>().Count() - history.Sends.Count,
        Messages = history.Messages.Count,
        Deliveries = history.All.OfType<Shown>().Count(),
        Records = history.Records.Count,
        RecordsAgain = OneRecord.Repetitions(history),
        MembershipChanges = history.All.OfType<MembershipAnswered>().Count(),
        HistoryReads = history.HistoryReads.Count,
        Connections = history.Devices.Values.Sum(device => device.Connections.Count),
        GapsTold = history.Devices.Values.Sum(device => device.Gaps.Count),
        Faults = history.Faults.CountBy(fault => fault.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal).ToDictionary(),
        Outages = Verdicts.Outages.Of(history, Verdicts.Outages.Deliveries(history)),
        Promises = [.. Invariant.All.Select(invariant => Judge(history, invariant))],
    };

    /// <summary>One line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    private static PromiseVerdict Judge(RecordedHistory history, Invariant invariant)
    {
        var findings = new Findings();
        invariant.Check(history, findings);
        var first = findings.Violations.Count > 0 ? findings.Violations[0] : null;
        return new PromiseVerdict(
            invariant.Number,
            invariant.Promise,
            findings.Checked,
            findings.Violations.Count,
            first?.Sentence,
            first is null ? [] : MessagePath.Of(history, first));
    }
}
