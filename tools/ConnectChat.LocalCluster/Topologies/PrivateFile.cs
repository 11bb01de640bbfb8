using System.Text.Json;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>JSON files that only their owner may read, since they hold keys.</summary>
internal static class PrivateFile
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes all or nothing: a reader never sees half a file.</summary>
    public static void Write<T>(string path, T content)
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

        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>Null when there is no such file.</summary>
    public static T? Read<T>(string path)
        where T : class => File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllText(path), Json) : null;
}
