using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Invariants;

/// <summary>(10) Once nobody sends any more, everything arrives within a bound, without another message that would pull it along.</summary>
internal sealed class TrafficEndsComplete : Invariant
{
    public override int Number => 10;

    public override string Promise => "When traffic stops, every connected device has everything within a bound, without another message being sent.";

    public override void Check(RecordedHistory history, Findings findings)
    {
        var bound = (long)(history.Run.SettleSeconds * 1e6);
        foreach (var (group, messages) in Required.ByGroup(history))
        {
            foreach (var device in history.Devices.Values)
            {
                if (messages.LastOrDefault(message => IsDue(history, group, device, message)) is { } last)
                {
                    Check(history, device, group, last, bound, findings);
                }
            }
        }
    }

    private static bool IsDue(RecordedHistory history, string group, DeviceLife device, MessageFacts message) =>
        history.Memberships.IsKnown(group, message.Version) && history.Memberships.At(group, device.User, message.Version) is { IsCurrent: true };

    private static void Check(RecordedHistory history, DeviceLife device, string group, MessageFacts last, long bound, Findings findings)
    {
        var shown = device.ShownOf(group).FirstOrDefault(each => each.Message.Sequence == last.Sequence);
        var from = Math.Max(history.TrafficEndedAt, device.Connections.LastOrDefault(each => each.BeganAt < (shown?.At ?? long.MaxValue))?.BeganAt ?? 0);
        findings.Expect(shown is not null && shown.At <= from + bound, () => new Violation(
            $"{device.Name} {(shown is null ? "never had" : $"had only at {Seconds(shown.At)}")} the last message of {group}, sequence {last.Sequence}; "
            + $"traffic ended at {Seconds(history.TrafficEndedAt)}.",
            group, last.Sequence, last.ClientId, device.User, device.Name));
    }
}
