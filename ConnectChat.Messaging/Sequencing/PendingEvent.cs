using System.Diagnostics;
using ConnectChat.Contracts.Records;
using ConnectChat.Messaging.Consuming;
using ConnectChat.Messaging.Events;
using ConnectChat.Messaging.History;
using ConnectChat.Messaging.Recipients;
using ConnectChat.Messaging.Telemetry;

namespace ConnectChat.Messaging.Sequencing;

/// <summary>One well-formed event of a batch, and what was decided about it.</summary>
internal sealed class PendingEvent(IncomingRecord record, IncomingEvent incoming, EventRule rule, Activity? span)
{
    /// <summary>The record it came in.</summary>
    public IncomingRecord Record => record;

    /// <summary>What its sender says.</summary>
    public IncomingEvent Incoming => incoming;

    /// <summary>Its kind.</summary>
    public EventRule Rule => rule;

    /// <summary>The span of its processing.</summary>
    public Activity? Span => span;

    /// <summary>What makes a retry the same event.</summary>
    public (string Sender, string ClientMessageId) Id => (incoming.SenderId, incoming.ClientMessageId);

    /// <summary>How it ended.</summary>
    public ProcessingOutcome Outcome { get; private set; }

    /// <summary>What is kept and published of it; null when it is refused, or repeats another.</summary>
    public OutgoingEvent? Outgoing { get; private set; }

    /// <summary>Who gets it.</summary>
    public RecipientsAtVersion? Recipients { get; private set; }

    /// <summary>Why it is refused.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Where the event is that it repeats.</summary>
    public Judged Original { get; private set; }

    /// <summary>It is an event of a member: kept if it is durable, and published.</summary>
    public void Accept(OutgoingEvent outgoing, RecipientsAtVersion recipients) =>
        Decide(rule.IsDurable ? ProcessingOutcome.Published : ProcessingOutcome.Told, outgoing, recipients);

    /// <summary>Its record was read again: it leaves once more, as what it was.</summary>
    public void PublishAgain(OutgoingEvent outgoing, RecipientsAtVersion recipients) => Decide(ProcessingOutcome.Redelivered, outgoing, recipients);

    /// <summary>Its sender is told so, and nobody else.</summary>
    public void Refuse(string code) => Decide(ProcessingOutcome.Rejected, refusal: code);

    /// <summary>Its sender was told so, or is about to be, and is told again.</summary>
    public void RefuseAgain(string code, Judged original) => Decide(ProcessingOutcome.Rejected, refusal: code, original: original);

    /// <summary>Nobody can process it, or Kafka takes no record of it.</summary>
    public void IsDeadLetter() => Outcome = ProcessingOutcome.DeadLetter;

    /// <summary>Its client sent it before: that one is published, this one is nothing.</summary>
    public void Repeat(Judged original) => Decide(ProcessingOutcome.Duplicate, original: original);

    private void Decide(
        ProcessingOutcome outcome, OutgoingEvent? outgoing = null, RecipientsAtVersion? recipients = null, string? refusal = null, Judged original = default) =>
        (Outcome, Outgoing, Recipients, Refusal, Original) = (outcome, outgoing, recipients, refusal, original);
}
