using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Invariants;

/// <summary>(3) What a user sends after the acknowledgement of an earlier message comes after it.</summary>
internal sealed class SenderOrder : Invariant
{
    public override int Number => 3;

    public override string Promise => "Messages of one sender keep their order when each is sent after the acknowledgement of the one before.";

    public override void Check(RecordedHistory history, Findings findings)
    {
        foreach (var sends in history.Sends.GroupBy(send => (send.Group, send.Sender)))
        {
            var messages = sends.Select(send => (Send: send, Message: history.MessageOf(send)))
                .Where(each => each.Message is not null)
                .ToList();
            var accepted = new Queue<(Send Send, MessageFacts? Message)>(
                messages.Where(each => each.Send.AcceptedAt is not null).OrderBy(each => each.Send.AcceptedAt));
            (Send Send, MessageFacts? Message) latest = default;
            foreach (var (send, message) in messages.OrderBy(each => each.Send.BegunAt))
            {
                while (accepted.TryPeek(out var earlier) && earlier.Send.AcceptedAt < send.BegunAt)
                {
                    latest = latest.Message is null || earlier.Message!.Sequence > latest.Message.Sequence ? earlier : latest;
                    accepted.Dequeue();
                }

                if (latest.Message is { } before)
                {
                    findings.Expect(message!.Sequence > before.Sequence, () => new Violation(
                        $"{send.Sender} sent {send.ClientId} to {send.Group} after {before.ClientId} was accepted, "
                        + $"and it has sequence {message.Sequence}, before {before.Sequence}.",
                        send.Group, message.Sequence, send.ClientId, send.Sender));
                }
            }
        }
    }
}
