using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Invariants;

/// <summary>(2) The sequences of a group are 1, 2, 3 … for everybody and everywhere, and versions never fall along them.</summary>
internal sealed class OneOrder : Invariant
{
    public override int Number => 2;

    public override string Promise => "One order per group without a gap, the same on all devices, in history and on the topic.";

    public override void Check(RecordedHistory history, Findings findings)
    {
        foreach (var sighting in history.Sightings)
        {
            var first = history.Messages[(sighting.Group, sighting.Facts.Sequence)];
            findings.Expect(first.Id == sighting.Facts.Id, () => new Violation(
                $"Sequence {first.Sequence} of {sighting.Group} is message {first.Id} in one place and {sighting.Facts.Id} at {sighting.Where}.",
                sighting.Group, first.Sequence, sighting.Facts.ClientId));
        }

        foreach (var (group, messages) in Required.ByGroup(history))
        {
            CheckGroup(group, messages, findings);
        }

        foreach (var device in history.Devices.Values)
        {
            foreach (var (group, shown) in device.ShownByGroup)
            {
                CheckDevice(device, group, shown, findings);
            }
        }

        history.HistoryReads.ForEach(read => CheckRead(read, findings));
    }

    private static void CheckGroup(string group, List<MessageFacts> messages, Findings findings)
    {
        var (last, version) = (0L, 0L);
        foreach (var message in messages)
        {
            var (expected, before) = (last + 1, version);
            findings.Expect(message.Sequence == expected, () => new Violation(
                $"{group} has sequence {message.Sequence} and nowhere its sequence {expected}.", group, message.Sequence, message.ClientId));
            findings.Expect(message.Version >= before, () => new Violation(
                $"Sequence {message.Sequence} of {group} is stamped with version {message.Version}, the one before it with {before}.",
                group, message.Sequence, message.ClientId));
            (last, version) = (message.Sequence, message.Version);
        }
    }

    private static void CheckDevice(DeviceLife device, string group, List<Shown> shown, Findings findings)
    {
        for (var i = 1; i < shown.Count; i++)
        {
            var (before, after) = (shown[i - 1].Message, shown[i].Message);
            findings.Expect(after.Sequence >= before.Sequence, () => new Violation(
                $"{device.Name} shows sequence {after.Sequence} of {group} after {before.Sequence}.",
                group, after.Sequence, after.ClientId, device.User, device.Name));
        }
    }

    private static void CheckRead(HistoryRead read, Findings findings)
    {
        for (var i = 1; i < read.Messages.Count; i++)
        {
            var (before, after) = (read.Messages[i - 1], read.Messages[i]);
            findings.Expect(after.Sequence == before.Sequence + 1, () => new Violation(
                $"A read of {read.Group}'s history by {read.User}, after {read.After}, gives sequence {after.Sequence} after {before.Sequence}.",
                read.Group, after.Sequence, after.ClientId, read.User));
        }
    }
}
