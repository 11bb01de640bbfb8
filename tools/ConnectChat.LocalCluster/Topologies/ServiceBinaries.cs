namespace ConnectChat.LocalCluster.Topologies;

/// <summary>Finds the built services beside this program: same solution, same configuration.</summary>
internal static class ServiceBinaries
{
    /// <summary>The assembly to give to <c>dotnet</c>.</summary>
    /// <param name="project">The project's folder, from that of the solution on; its last part is the project's name.</param>
    /// <exception cref="CommandException">Not built; the message says how to.</exception>
    public static string Find(string project)
    {
        // …/<any project, however deep>/bin/<configuration>/<framework>/
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var configuration = framework.Parent!;
        var inProject = Path.Combine(project, "bin", configuration.Name, framework.Name, $"{Path.GetFileName(project)}.dll");
        for (var folder = configuration.Parent?.Parent?.Parent; folder is not null; folder = folder.Parent)
        {
            var assembly = Path.Combine(folder.FullName, inProject);
            if (File.Exists(assembly))
            {
                return assembly;
            }
        }

        throw new CommandException($"{project} is not built: {inProject} is missing. Run: dotnet build -c {configuration.Name}");
    }
}
