using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Invariants;

/// <summary>(7) A client message id of a sender in a group is one message, however often it is sent.</summary>
internal sealed class OneSequencePerSend : Invariant
{
    public override int Number => 7;

    public override string Promise => "One client message id is one message with one sequence.";

    public override void Check(RecordedHistory history, Findings findings)
    {
        var first = new Dictionary<(string, string, string), MessageFacts>();
        foreach (var sighting in history.Sightings)
        {
            var facts = sighting.Facts;
            var key = (sighting.Group, facts.Sender, facts.ClientId);
            var known = first.TryAdd(key, facts) ? facts : first[key];
            findings.Expect(known.Sequence == facts.Sequence && known.Id == facts.Id, () => new Violation(
                $"{facts.ClientId} of {facts.Sender} in {sighting.Group} is message {known.Id} with sequence {known.Sequence}, "
                + $"and at {sighting.Where} message {facts.Id} with sequence {facts.Sequence}.",
                sighting.Group, facts.Sequence, facts.ClientId, facts.Sender));
        }

        foreach (var send in history.Sends)
        {
            foreach (var told in send.Outcomes.Where(told => told.Sequence is not null))
            {
                var message = history.MessageOf(send);
                findings.Expect(message is null || message.Sequence == told.Sequence, () => new Violation(
                    $"The outcome of {send.ClientId} in {send.Group} is told as sequence {told.Sequence}, and the message has {message!.Sequence}.",
                    send.Group, told.Sequence, send.ClientId, send.Sender));
            }
        }
    }
}
