using System.ComponentModel.DataAnnotations;

namespace ConnectChat.Messaging.History;

/// <summary>How long history remembers retries. Configuration section <c>History</c>; the table's name comes from <c>DynamoDb</c>.</summary>
public sealed class HistoryOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "History";

    /// <summary>
    /// How long a client message id is remembered: a retry within it yields the same message. 1 to 365 days, default 7; it must exceed
    /// the retention of the incoming topic.
    /// </summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")]
    public TimeSpan IdempotencyRetention { get; set; } = TimeSpan.FromDays(7);
}
