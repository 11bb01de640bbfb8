namespace ConnectChat.Tests.Infrastructure;

/// <summary>The files of this repository, for tests about them.</summary>
internal static class Repository
{
    /// <summary>The folder with the solution.</summary>
    public static string Folder { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ConnectChat.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
