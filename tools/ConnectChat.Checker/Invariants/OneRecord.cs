using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Invariants;

/// <summary>(6) A message is one record on the topic. Published again it may be after something failed, as what it was.</summary>
internal sealed class OneRecord : Invariant
{
    /// <summary>So long before a second record of a message something must have failed that explains it.</summary>
    private const long Aftermath = 20_000_000;

    public override int Number => 6;

    public override string Promise => "One record per message on the topic; again only after a fault, and then recognisable as the same.";

    /// <summary>Records of a message that has one already.</summary>
    public static long Repetitions(RecordedHistory history) => history.Records.Count - history.Records.DistinctBy(Key).Count();

    public override void Check(RecordedHistory history, Findings findings)
    {
        var first = new Dictionary<(string, long), TopicRecord>();
        foreach (var record in history.Records)
        {
            findings.Look();
            if (first.TryAdd(Key(record), record))
            {
                continue;
            }

            var (before, message) = (first[Key(record)], record.Message!);
            Violation broken(string sentence) => new(sentence, record.Group, message.Sequence, message.ClientId);
            findings.Expect(before.Message!.Id == message.Id, () => broken(
                $"The topic has two messages with sequence {message.Sequence} of {record.Group}: {before.Message.Id} and {message.Id}."));
            findings.Expect(IsExplained(history, before.At, record.At), () => broken(
                $"The topic has sequence {message.Sequence} of {record.Group} twice, at offsets {before.Offset} and {record.Offset} of partition "
                + $"{record.Partition}, and nothing had failed."));
        }

        // A group that everyone is shown messages of, and the topic has none of, was not read by the checker's own consumer.
        foreach (var ((group, sequence), message) in history.Messages)
        {
            findings.Expect(first.ContainsKey((group, sequence)), () => new Violation(
                $"Sequence {sequence} of {group} has no record on the topic.", group, sequence, message.ClientId));
        }
    }

    private static (string, long) Key(TopicRecord record) => (record.Group, record.Message!.Sequence);

    private static bool IsExplained(RecordedHistory history, long first, long second) =>
        history.Faults.Any(fault => fault.BeganAt <= second && fault.EndedAt + Aftermath >= first);
}
