using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Invariants;

/// <summary>(1) No acknowledged send is lost, none is shown twice, and a refused one is shown to nobody.</summary>
internal sealed class EverySendIsShown : Invariant
{
    public override int Number => 1;

    public override string Promise =>
        "Every acknowledged send is shown once on each device of each eligible member, or was told as rejected and is shown to nobody.";

    public override void Check(RecordedHistory history, Findings findings)
    {
        foreach (var send in history.Sends)
        {
            CheckSend(history, send, findings);
        }

        foreach (var device in history.Devices.Values)
        {
            foreach (var (group, shown) in device.ShownByGroup)
            {
                CheckRepetitions(device, group, shown, findings);
                CheckConnections(history, device, group, shown, findings);
            }
        }

        CheckMissing(history, findings);
    }

    private static void CheckSend(RecordedHistory history, Send send, Findings findings)
    {
        var message = history.MessageOf(send);
        Violation broken(string sentence) => new(sentence, send.Group, message?.Sequence, send.ClientId, send.Sender);
        if (send.AcceptedAt is { } accepted)
        {
            findings.Expect(message is not null || send.RejectedWith is not null, () => broken(
                $"The send {send.ClientId} of {send.Sender} to {send.Group} was accepted at {Seconds(accepted)} and is neither delivered nor rejected."));
        }

        if (message is not null && (send.RejectedWith ?? (send.AcceptedAt is null ? send.RefusedWith : null)) is { } code)
        {
            findings.Violate(broken(
                $"The send {send.ClientId} of {send.Sender} was told as refused ({code}), and is in {send.Group} with sequence {message.Sequence}."));
        }
    }

    private static void CheckRepetitions(DeviceLife device, string group, List<Shown> shown, Findings findings)
    {
        var seen = new HashSet<long>();
        foreach (var each in shown)
        {
            findings.Expect(seen.Add(each.Message.Sequence), () => new Violation(
                $"{device.Name} shows sequence {each.Message.Sequence} of {group} a second time, at {Seconds(each.At)}.",
                group, each.Message.Sequence, each.Message.ClientId, device.User, device.Name));
        }
    }

    // Who left is owed nothing later; but what was said while a connection was there came over it, if anything later did.
    private static void CheckConnections(RecordedHistory history, DeviceLife device, string group, List<Shown> shown, Findings findings)
    {
        var all = shown.Select(each => each.Message.Sequence).ToHashSet();
        for (var i = 1; i < shown.Count; i++)
        {
            var (before, next) = (shown[i - 1], shown[i]);
            for (var sequence = before.Message.Sequence + 1; sequence < next.Message.Sequence; sequence++)
            {
                if (!all.Contains(sequence) && history.Messages.TryGetValue((group, sequence), out var message)
                    && WasOwedLive(history, device, group, message, next))
                {
                    findings.Violate(new Violation(
                        $"{device.Name} was connected and up to date while sequence {sequence} of {group} was sent to it as a member, "
                        + "shows later ones and never this.",
                        group, sequence, message.ClientId, device.User, device.Name));
                }
            }
        }
    }

    private static bool WasOwedLive(RecordedHistory history, DeviceLife device, string group, MessageFacts message, Shown next) =>
        history.SendOf(group, message) is { } send
        && history.Memberships.IsKnown(group, message.Version)
        && history.Memberships.At(group, device.User, message.Version) is { IsCurrent: false } stay && send.BegunAt > stay.JoinedAt
        && device.WasLive(group, next.Connection, send.BegunAt, next.At)
        && !device.Gaps.Any(gap => gap.Group == group && gap.After < message.Sequence);

    private static void CheckMissing(RecordedHistory history, Findings findings)
    {
        var shown = history.Devices.Values.ToDictionary(
            device => device.Name,
            device => device.ShownByGroup.ToDictionary(group => group.Key, group => group.Value.Select(each => each.Message.Sequence).ToHashSet()));
        foreach (var (group, messages) in Required.ByGroup(history))
        {
            foreach (var message in messages)
            {
                foreach (var device in Required.Devices(history, group, message))
                {
                    findings.Expect(shown[device.Name].TryGetValue(group, out var sequences) && sequences.Contains(message.Sequence), () => new Violation(
                        $"{device.Name} never shows sequence {message.Sequence} of {group}, stamped with version {message.Version}, "
                        + "since which its user is a member.",
                        group, message.Sequence, message.ClientId, device.User, device.Name));
                }
            }
        }
    }
}
