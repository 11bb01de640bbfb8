using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Invariants;

/// <summary>(9) A device passes over no message of the stay that it shows another one of, unless it tells that something is missing.</summary>
internal sealed class GapsAreTold : Invariant
{
    public override int Number => 9;

    public override string Promise => "A device that shows a message has shown all before it in the same stay, or has told of a gap.";

    public override void Check(RecordedHistory history, Findings findings)
    {
        foreach (var device in history.Devices.Values)
        {
            foreach (var (group, shown) in device.ShownByGroup)
            {
                Check(history, device, group, shown, findings);
            }
        }

        history.GapsSeen.ForEach(gap => CheckLive(history, gap, findings));
    }

    // What comes live to a device that is up to date has no gap in one stay, or the gateway says that it missed something. Only while the stay
    // goes on: what is published late does not go to who was removed meanwhile.
    private static void CheckLive(RecordedHistory history, GapSeen gap, Findings findings)
    {
        var stay = history.Messages.TryGetValue((gap.Group, gap.Before), out var message)
            && history.Memberships.At(gap.Group, gap.User, message.Version) is { } found && found.LeaveAskedAt > gap.At ? found : null;
        long? missing = null;
        for (var sequence = gap.After + 1; sequence < gap.Before && missing is null && stay is not null; sequence++)
        {
            missing = history.Messages.TryGetValue((gap.Group, sequence), out var passed) && stay.Contains(passed.Version)
                && IsAfterJoining(history, gap, stay, passed) ? sequence : null;
        }

        findings.Expect(missing is null, () => new Violation(
            $"{gap.Device}, up to date with {gap.Group}, gets sequence {gap.Before} live without {missing}, and was not told that something was missed.",
            gap.Group, missing, history.Messages[(gap.Group, missing!.Value)].ClientId, gap.User, gap.Device));
    }

    private static bool IsAfterJoining(RecordedHistory history, GapSeen gap, Membership stay, MessageFacts passed) =>
        history.SendOf(gap.Group, passed) is { } send && send.BegunAt > stay.JoinedAt;

    private static void Check(RecordedHistory history, DeviceLife device, string group, List<Shown> shown, Findings findings)
    {
        var last = 0L;
        foreach (var each in shown)
        {
            var (before, message) = (last, each.Message);
            last = Math.Max(last, message.Sequence);
            if (history.Memberships.At(group, device.User, message.Version) is not { } stay)
            {
                continue;
            }

            long? missing = null;
            for (var sequence = before + 1; sequence < message.Sequence && missing is null; sequence++)
            {
                missing = history.Messages.TryGetValue((group, sequence), out var passed) && stay.Contains(passed.Version) ? sequence : null;
            }

            findings.Expect(missing is null || device.ToldGap(group, before, message.Sequence), () => new Violation(
                $"{device.Name} shows sequence {message.Sequence} of {group} after {before}, without {missing}, and tells of no gap.",
                group, missing, history.Messages[(group, missing!.Value)].ClientId, device.User, device.Name));
        }
    }
}
