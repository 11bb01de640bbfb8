using System.Text.Json.Serialization;

namespace ConnectChat.Checker.Histories;

/// <summary>One line of a history: something that was seen or done, and when.</summary>
/// <remarks>
/// The file is append-only. A type or a property that is here keeps its name and meaning; new ones may come, and a reader passes over
/// types that it does not know. What cannot be read in this way moves <see cref="RunStarted.CurrentVersion"/>.
/// </remarks>
/// <param name="At">Microseconds since the start of the run, of one clock for all.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(RunStarted), "run")]
[JsonDerivedType(typeof(TrafficEnded), "traffic-ended")]
[JsonDerivedType(typeof(RunEnded), "run-ended")]
[JsonDerivedType(typeof(UserNumbered), "user")]
[JsonDerivedType(typeof(GroupCreated), "group")]
[JsonDerivedType(typeof(MembershipAsked), "membership-asked")]
[JsonDerivedType(typeof(MembershipAnswered), "membership")]
[JsonDerivedType(typeof(SendBegun), "send")]
[JsonDerivedType(typeof(SendAccepted), "accepted")]
[JsonDerivedType(typeof(SendRefused), "refused")]
[JsonDerivedType(typeof(SendUnanswered), "unanswered")]
[JsonDerivedType(typeof(Rejected), "rejected")]
[JsonDerivedType(typeof(OutcomeTold), "outcome")]
[JsonDerivedType(typeof(Connected), "connected")]
[JsonDerivedType(typeof(Disconnected), "disconnected")]
[JsonDerivedType(typeof(Resumed), "resumed")]
[JsonDerivedType(typeof(Shown), "shown")]
[JsonDerivedType(typeof(GapTold), "gap")]
[JsonDerivedType(typeof(GapSeen), "gap-seen")]
[JsonDerivedType(typeof(HistoryRead), "history")]
[JsonDerivedType(typeof(HistoryRefused), "history-refused")]
[JsonDerivedType(typeof(TopicRecord), "record")]
[JsonDerivedType(typeof(FaultBegan), "fault")]
[JsonDerivedType(typeof(FaultEnded), "fault-ended")]
internal abstract record Observation(long At);

/// <summary>The first line: what was run.</summary>
internal sealed record RunStarted(
    long At, int Version, int Seed, string StartedAt, string Machine, string Commit, string Kafka, int Gateways, int Users, int Groups,
    IReadOnlyList<string> Faults, double SettleSeconds) : Observation(At)
{
    /// <summary>The form of the file.</summary>
    public const int CurrentVersion = 1;
}

/// <summary>No further message is sent, no membership is changed and no fault is injected.</summary>
internal sealed record TrafficEnded(long At) : Observation(At);

/// <summary>The last line: a history without it was cut off, and is not judged.</summary>
internal sealed record RunEnded(long At) : Observation(At);

/// <summary>A fault starts.</summary>
internal sealed record FaultBegan(long At, int Number, string Kind, string Target) : Observation(At);

/// <summary>A fault is over, every service says that it is well again, and the devices are connected again.</summary>
/// <param name="At">When all was well.</param>
/// <param name="Number">That of its beginning.</param>
/// <param name="LiftedAt">When the fault itself was over.</param>
internal sealed record FaultEnded(long At, int Number, long LiftedAt) : Observation(At);
