using System.Text.Json;

namespace ConnectChat.Checker.Histories;

/// <summary>Reads a history back, of this run or of another.</summary>
internal static class HistoryFile
{
    /// <summary>All observations, in the order of the file.</summary>
    /// <exception cref="CommandException">It cannot be read, is no history, is of another version, or was cut off.</exception>
    public static async Task<RecordedHistory> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var observations = new List<Observation>();
        try
        {
            await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
            {
                if (Parse(path, line, observations.Count + 1) is { } observation)
                {
                    observations.Add(observation);
                }
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The history {path} cannot be read: {refused.Message}");
        }

        return observations switch
        {
            [RunStarted { Version: > RunStarted.CurrentVersion } run, ..] =>
                throw new CommandException($"{path} has version {run.Version}; this checker knows {RunStarted.CurrentVersion}."),
            [RunStarted, .., RunEnded] => new RecordedHistory(observations),
            [RunStarted, ..] => throw new CommandException($"{path} was cut off before the end of its run, and says nothing about what came later."),
            _ => throw new CommandException($"{path} is no history: its first line does not say which run it is of."),
        };
    }

    private static Observation? Parse(string path, string line, int number)
    {
        try
        {
            return JsonSerializer.Deserialize(line, HistoryFormat.Default.Observation);
        }
        catch (JsonException) when (line.StartsWith("{\"type\":", StringComparison.Ordinal) && IsJson(line))
        {
            // A type that a later version has added.
            return null;
        }
        catch (Exception malformed) when (malformed is JsonException or NotSupportedException)
        {
            throw new CommandException($"{path} is no history: line {number} cannot be read.");
        }
    }

    private static bool IsJson(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
