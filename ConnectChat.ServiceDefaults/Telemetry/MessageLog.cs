using System.Diagnostics;

namespace ConnectChat.ServiceDefaults.Telemetry;

/// <summary>
/// The log of messages: one Information line per message and service, for those messages whose trace is sampled, so that log and trace
/// lead to each other. Group ids, message ids, sequences and counts; never bodies, user ids or member lists.
/// </summary>
/// <remarks>
/// It goes out over OTLP, where a line carries its trace id. The console shows no trace ids, and its writer blocks when nobody reads it,
/// so the services' settings leave this category out there (<c>Logging:Console:LogLevel:ConnectChat.Messages</c>).
/// </remarks>
public static class MessageLog
{
    /// <summary>The category of the lines.</summary>
    public const string Category = $"{TelemetryExtensions.Prefix}Messages";

    /// <summary>Whether a line belongs to this span. Ask before anything is formatted: most messages of large groups are not sampled.</summary>
    public static bool Wants(Activity? span) => span is { Recorded: true };
}
