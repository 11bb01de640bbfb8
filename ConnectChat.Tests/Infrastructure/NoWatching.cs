using System.Runtime.CompilerServices;

namespace ConnectChat.Tests.Infrastructure;

/// <summary>
/// No host of a test watches its settings files for changes: each would take one of the 128 watches that a user has by default, and hundreds
/// of hosts come and go in a run.
/// </summary>
internal static class NoWatching
{
    [ModuleInitializer]
    internal static void Apply() => Environment.SetEnvironmentVariable("DOTNET_hostBuilder__reloadConfigOnChange", "false");
}
