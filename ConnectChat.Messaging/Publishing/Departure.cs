using System.Diagnostics;
using Confluent.Kafka;

namespace ConnectChat.Messaging.Publishing;

/// <summary>One record that is to leave for <c>group_outgoing_messages</c>.</summary>
/// <param name="Record">What leaves.</param>
/// <param name="Parent">The span that its sending belongs to.</param>
/// <param name="Describe">What its sending's span says.</param>
internal sealed record Departure(Message<string, byte[]> Record, Activity? Parent, Action<Activity> Describe)
{
    /// <summary>Whether its event is in history; only those are counted as records per message.</summary>
    public required bool IsDurable { get; init; }

    /// <summary>Kafka has it on all in-sync replicas.</summary>
    public bool HasLeft { get; set; }

    /// <summary>Kafka will never take it.</summary>
    public bool IsRefused { get; set; }
}
