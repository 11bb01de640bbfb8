using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Invariants;

/// <summary>(8) The recipients of a record are the members at its version, its sender is one of them, and the version is not an old one.</summary>
internal sealed class RecipientsAreMembers : Invariant
{
    public override int Number => 8;

    public override string Promise => "Recipients are the members at the stamped version, which is not older than any change acknowledged before the send.";

    public override void Check(RecordedHistory history, Findings findings)
    {
        foreach (var record in history.Records)
        {
            var message = record.Message!;
            if (history.Memberships.IsKnown(record.Group, message.Version))
            {
                CheckRecipients(history, record, message, findings);
            }
        }

        foreach (var ((group, _), message) in history.Messages)
        {
            CheckStamp(history, group, message, findings);
        }
    }

    private static void CheckRecipients(RecordedHistory history, TopicRecord record, MessageFacts message, Findings findings)
    {
        var members = history.Memberships.MembersAt(record.Group, message.Version);
        var recipients = record.Recipients.Select(number => history.UserNumbers.GetValueOrDefault(number) ?? $"#{number}").ToHashSet();
        var missing = members.Except(recipients).Where(user => !HadLeft(history, record, user)).ToList();
        var many = recipients.Except(members).ToList();
        findings.Expect(missing.Count == 0 && many.Count == 0, () => new Violation(
            $"The record of sequence {message.Sequence} of {record.Group} goes to other users than the {members.Count} members at its version "
            + $"{message.Version}: missing {Names(missing)}; too many {Names(many)}.",
            record.Group, message.Sequence, message.ClientId));
    }

    // Published late, or again, it does not go to who was removed meanwhile.
    private static bool HadLeft(RecordedHistory history, TopicRecord record, string user) =>
        history.Memberships.At(record.Group, user, record.Message!.Version) is { } stay && stay.LeaveAskedAt < record.At;

    private static void CheckStamp(RecordedHistory history, string group, MessageFacts message, Findings findings)
    {
        Violation broken(string sentence) => new(sentence, group, message.Sequence, message.ClientId, message.Sender);
        if (history.Memberships.IsKnown(group, message.Version))
        {
            findings.Expect(history.Memberships.At(group, message.Sender, message.Version) is not null, () => broken(
                $"Sequence {message.Sequence} of {group} is from {message.Sender}, who is no member at its version {message.Version}."));
        }

        if (history.SendOf(group, message) is { } send)
        {
            var acknowledged = history.Memberships.AcknowledgedAt(group, send.BegunAt);
            findings.Expect(message.Version >= acknowledged, () => broken(
                $"Sequence {message.Sequence} of {group} is stamped with version {message.Version}; version {acknowledged} was acknowledged "
                + "before it was sent."));
        }
    }

    private static string Names(IEnumerable<string> users) =>
        string.Join(", ", users.Order(StringComparer.Ordinal)) is { Length: > 0 } names ? names : "nobody";
}
