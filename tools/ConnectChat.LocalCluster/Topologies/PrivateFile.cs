using System.Text.Json;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>JSON files that only their owner may read, since they hold keys.</summary>
internal static class PrivateFile
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Writes all or nothing: a reader never sees half a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">What it holds from now on.</param>
    /// <param name="overwrite">False leaves a file that is there as it is.</param>
    public static void Write<T>(string path, T content, bool overwrite = true)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var unfinished = $"{path}.{Environment.ProcessId}";
        using (var file = new FileStream(unfinished, options))
        {
            JsonSerializer.Serialize(file, content, Json);
        }

        try
        {
            File.Move(unfinished, path, overwrite);
        }
        catch (IOException) when (!overwrite && File.Exists(path))
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>Null when there is no such file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="remedy">What the user may do when it cannot be read, a sentence without its full stop.</param>
    /// <exception cref="CommandException">It is there, but not what was written.</exception>
    public static T? Read<T>(string path, string remedy)
        where T : class
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), Json) ?? throw new JsonException("It says null.");
        }
        catch (Exception unreadable) when (unreadable is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be read: {unreadable.Message} {remedy}.");
        }
    }
}
