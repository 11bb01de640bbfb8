using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Invariants;

/// <summary>(4) Nobody sees, on any path, what is stamped with a version at which they are no member.</summary>
internal sealed class NothingAfterRemoval : Invariant
{
    public override int Number => 4;

    public override string Promise => "Nothing stamped while a user is no member reaches that user, live, by replay or in history.";

    public override void Check(RecordedHistory history, Findings findings)
    {
        foreach (var device in history.Devices.Values)
        {
            foreach (var shown in device.ShownByGroup.Values.SelectMany(shown => shown))
            {
                CheckMember(history, findings, device.User, device.Name, shown.Group, shown.Message);
                CheckSentAfterRemoval(history, findings, device, shown);
            }
        }

        foreach (var read in history.HistoryReads)
        {
            foreach (var message in read.Messages)
            {
                CheckMember(history, findings, read.User, null, read.Group, message);
            }

            CheckRead(history, findings, read);
        }
    }

    private static void CheckMember(RecordedHistory history, Findings findings, string user, string? device, string group, MessageFacts message)
    {
        if (history.Memberships.IsKnown(group, message.Version))
        {
            findings.Expect(history.Memberships.At(group, user, message.Version) is not null, () => new Violation(
                $"{device ?? $"A read of history by {user}"} sees sequence {message.Sequence} of {group}, stamped with version {message.Version}, "
                + $"at which {user} is no member.",
                group, message.Sequence, message.ClientId, user, device));
        }
    }

    // Whatever it is stamped with: a message that was sent after the acknowledgement is later than the removal.
    private static void CheckSentAfterRemoval(RecordedHistory history, Findings findings, DeviceLife device, Shown shown)
    {
        if (history.SendOf(shown.Group, shown.Message) is not { } send)
        {
            return;
        }

        var stays = history.Memberships.Of(shown.Group, device.User);
        var isAway = stays.Any(stay => stay.LeftAt < send.BegunAt) && !stays.Any(stay => stay.JoinAskedAt < shown.At && stay.LeftAt > send.BegunAt);
        findings.Expect(!isAway, () => new Violation(
            $"{device.Name} shows sequence {shown.Message.Sequence} of {shown.Group}, sent at {Seconds(send.BegunAt)}, "
            + $"after the removal of {device.User} was acknowledged.",
            shown.Group, shown.Message.Sequence, shown.Message.ClientId, device.User, device.Name));
    }

    private static void CheckRead(RecordedHistory history, Findings findings, HistoryRead read)
    {
        var stays = history.Memberships.Of(read.Group, read.User);
        findings.Expect(stays.Any(stay => stay.JoinAskedAt < read.At && stay.LeftAt > read.BegunAt), () => new Violation(
            $"{read.User}, no member of {read.Group} from the beginning to the end of the read at {Seconds(read.BegunAt)}, was not refused its history.",
            read.Group, User: read.User));
        if (stays.FirstOrDefault(stay => stay.JoinedAt < read.BegunAt && stay.LeaveAskedAt > read.At) is { } current)
        {
            findings.Expect(read.Messages.All(message => message.Version >= current.Joined), () => new Violation(
                $"{read.User}, a member of {read.Group} since version {current.Joined}, reads history from before.",
                read.Group, read.Messages.First(message => message.Version < current.Joined).Sequence, User: read.User));
        }
    }
}
