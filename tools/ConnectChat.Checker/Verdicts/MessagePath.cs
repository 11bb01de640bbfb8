using System.Globalization;
using ConnectChat.Checker.Histories;
using ConnectChat.Checker.Invariants;

namespace ConnectChat.Checker.Verdicts;

/// <summary>Everything that a history says about the message of a violation: who sent it, its records, and who saw what when.</summary>
internal sealed class MessagePath
{
    private const int MostLines = 200;

    // A fault so long before the message may still explain what became of it.
    private const long Before = 30_000_000;

    private readonly RecordedHistory _history;
    private readonly Violation _violation;
    private readonly MessageFacts? _facts;
    private readonly string? _clientId;

    private MessagePath(RecordedHistory history, Violation violation)
    {
        (_history, _violation) = (history, violation);
        _facts = violation is { Group: { } group, Sequence: { } sequence } ? history.Messages.GetValueOrDefault((group, sequence)) : null;
        _clientId = _facts?.ClientId ?? violation.ClientId;
    }

    /// <summary>Lines in the order of the time.</summary>
    public static IReadOnlyList<string> Of(RecordedHistory history, Violation violation)
    {
        var path = new MessagePath(history, violation);
        var own = history.All.Select(each => (each.At, Text: path.OfMessage(each) ?? path.OfDevice(each)))
            .Where(line => line.Text is not null)
            .OrderBy(line => line.At)
            .Take(MostLines)
            .ToList();

        // The faults of a long run are many: those that are far from the message say nothing about it.
        var (from, to) = own.Count == 0 ? (0, long.MaxValue) : (own[0].At - Before, own[^1].At);
        return
        [
            .. own.Concat(history.All.Select(each => (each.At, Text: OfRun(each))).Where(line => line.Text is not null && line.At >= from && line.At <= to))
                .OrderBy(line => line.At)
                .Select(line => string.Create(CultureInfo.InvariantCulture, $"{line.At / 1e6,10:0.000} s  {line.Text}")),
        ];
    }

    private string? OfMessage(Observation observation) => observation switch
    {
        SendBegun send when IsIt(send.Group, send.ClientId) => $"{send.Device} sends {send.ClientId}",
        SendAccepted send when IsIt(send.Group, send.ClientId) => $"{send.Device} is told that it is accepted",
        SendRefused send when IsIt(send.Group, send.ClientId) => $"{send.Device} is refused: {send.Code}",
        SendUnanswered send when IsIt(send.Group, send.ClientId) => $"{send.Device} gives up",
        Rejected told when IsIt(told.Group, told.ClientId) => $"{told.Device} is told that it is rejected: {told.Code}",
        OutcomeTold told when IsIt(told.Group, told.ClientId) => $"asked, the outcome is {told.Outcome} {told.Sequence}{told.Code}",
        TopicRecord record when IsIt(record.Group, record.Message) =>
            $"record at partition {record.Partition} offset {record.Offset}: sequence {record.Message!.Sequence}, version {record.Message.Version}, "
            + $"message {record.Message.Id}, trace {record.Trace}, to {string.Join(' ', record.Recipients.Select(Name))}",
        Shown shown when IsIt(shown.Group, shown.Message) =>
            $"{shown.Device} shows sequence {shown.Message.Sequence}, version {shown.Message.Version}, over its connection {shown.Connection}",
        HistoryRead read when read.Messages.Any(message => IsIt(read.Group, message)) => $"{read.User} reads it in history",
        _ => null,
    };

    private string? OfDevice(Observation observation) => observation switch
    {
        HistoryRead read when read.Group == _violation.Group && read.User == _violation.User && read.After < _violation.Sequence => string.Create(
            CultureInfo.InvariantCulture, $"{read.User} reads history after {read.After} from {read.BegunAt / 1e6:0.000} s on, and does not find it"),
        GapTold gap when gap.Group == _violation.Group && gap.Device == _violation.Device => $"{gap.Device} tells of a gap after {gap.After}: {gap.Code}",
        Resumed resumed when resumed.Group == _violation.Group && resumed.Device == _violation.Device =>
            $"{resumed.Device} has resumed the group{(resumed.Complete ? "" : ", not completely")}",
        Connected device when device.Device == _violation.Device => $"{device.Device} has its connection {device.Connection} to {device.Gateway}",
        Disconnected device when device.Device == _violation.Device =>
            $"{device.Device} {(device.OfItsOwn ? "leaves" : "loses")} its connection {device.Connection}",
        MembershipAnswered change when change.Group == _violation.Group
            && (change.Users.Contains(_violation.User ?? "") || change.Version == _facts?.Version) => string.Create(
                CultureInfo.InvariantCulture,
                $"{string.Join(' ', change.Users)} {(change.Adds ? "added" : "removed")} with version {change.Version}, "
                + $"asked at {change.AskedAt / 1e6:0.000} s"),
        _ => null,
    };

    private static string? OfRun(Observation observation) => observation switch
    {
        FaultBegan fault => $"fault {fault.Number} begins: {fault.Kind} {fault.Target}",
        FaultEnded fault => string.Create(CultureInfo.InvariantCulture, $"fault {fault.Number} is over, since {fault.LiftedAt / 1e6:0.000} s, and all is well"),
        TrafficEnded => "traffic has ended",
        _ => null,
    };

    private bool IsIt(string group, string clientId) => group == _violation.Group && clientId == _clientId;

    private bool IsIt(string group, MessageFacts? message) =>
        group == _violation.Group && message is not null && (message.Sequence == _violation.Sequence || message.ClientId == _clientId);

    private string Name(uint number) => _history.UserNumbers.GetValueOrDefault(number) ?? $"#{number}";
}
