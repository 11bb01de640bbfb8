namespace ConnectChat.Contracts;

/// <summary>A topic as it is created where it is missing, unless configuration says otherwise.</summary>
/// <param name="Name">Its name, which is part of the contract.</param>
/// <param name="Partitions">How many partitions. Adding some later breaks the order per group: over-provision.</param>
/// <param name="Retention">How long records are kept.</param>
public sealed record TopicSchema(string Name, int Partitions, TimeSpan Retention)
{
    private const int DefaultPartitions = 12;

    /// <summary>Accepted messages on their way to Messaging.</summary>
    public static readonly TopicSchema Incoming = new(Topics.Incoming, DefaultPartitions, TimeSpan.FromHours(24));

    /// <summary>One record per message; an hour, since replay comes from history.</summary>
    public static readonly TopicSchema Outgoing = new(Topics.Outgoing, DefaultPartitions, TimeSpan.FromHours(1));

    /// <summary>What an operator must look at; as many partitions as the incoming topic.</summary>
    public static readonly TopicSchema DeadLetter = new(Topics.DeadLetter, DefaultPartitions, TimeSpan.FromDays(30));

    /// <summary>Every topic of the product.</summary>
    public static readonly IReadOnlyList<TopicSchema> All = [Incoming, Outgoing, DeadLetter];
}
