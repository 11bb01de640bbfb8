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
    }

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
