using System.ComponentModel.DataAnnotations;

namespace ConnectChat.Messaging.History;

/// <summary>Where history is kept. Configuration section <c>DynamoDb</c>.</summary>
public sealed class HistoryOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "DynamoDb";

    /// <summary>What the names of all tables start with; default <c>connectchat-</c>.</summary>
    [Required(AllowEmptyStrings = true)]
    public string TablePrefix { get; set; } = "connectchat-";

    /// <summary>Whether the service creates a table that is missing; default true.</summary>
    public bool CreateTables { get; set; } = true;

    /// <summary>
    /// How long a client message id is remembered: a retry within it yields the same message. 1 to 365 days, default 7; it must exceed
    /// the retention of the incoming topic.
    /// </summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")]
    public TimeSpan IdempotencyRetention { get; set; } = TimeSpan.FromDays(7);

    internal string Table => TablePrefix + "history";
}
