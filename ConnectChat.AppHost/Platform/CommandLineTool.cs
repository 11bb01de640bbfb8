using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.AppHost.Platform;

internal static class CommandLineTool
{
    /// <summary>
    /// Runs a verb of <c>ConnectChat.Cli</c> as a resource: the built program itself and not <c>dotnet run</c>, which takes seconds to
    /// find out that there is nothing to build.
    /// </summary>
    public static IResourceBuilder<ExecutableResource> AddCommandLineTool(this IDistributedApplicationBuilder builder, string name, params string[] arguments)
    {
        var program = ServiceBinaries.Find(Path.Combine("tools", "ConnectChat.Cli"));
        return builder.AddExecutable(name, "dotnet", Path.GetDirectoryName(program)!, [program, .. arguments]);
    }
}
