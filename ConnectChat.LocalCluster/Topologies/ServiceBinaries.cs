namespace ConnectChat.LocalCluster.Topologies;

/// <summary>Finds the built services beside this program: same solution, same configuration.</summary>
internal static class ServiceBinaries
{
    /// <summary>The assembly to give to <c>dotnet</c>.</summary>
    /// <exception cref="FileNotFoundException">Not built; the message says how to.</exception>
    public static string Find(string project)
    {
        // …/<any project>/bin/<configuration>/<framework>/
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var configuration = framework.Parent!;
        var solution = configuration.Parent!.Parent!.Parent!;
        var assembly = Path.Combine(solution.FullName, project, "bin", configuration.Name, framework.Name, $"{project}.dll");
        return File.Exists(assembly)
            ? assembly
            : throw new FileNotFoundException($"{project} is not built: {assembly} is missing. Run: dotnet build -c {configuration.Name}");
    }
}
