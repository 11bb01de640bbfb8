using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ConnectChat.LocalCluster;

/// <summary>Where something was measured or checked, for who reads of it later.</summary>
internal static class Machine
{
    /// <summary>Processor, cores and runtime.</summary>
    public static string Describe() => $"{Processors()}, .NET {Environment.Version}";

    /// <summary>Processor and cores.</summary>
    public static string Processors()
    {
        var cpu = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;
        return $"{cpu ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} logical processors";
    }

    /// <summary>The commit that this program was built from, as far as git tells.</summary>
    public static async Task<string> CommitAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", ["rev-parse", "--short=12", "HEAD"])
            {
                WorkingDirectory = AppContext.BaseDirectory,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var commit = await git.StandardOutput.ReadToEndAsync(cancellationToken);
            await git.WaitForExitAsync(cancellationToken);
            return git.ExitCode == 0 ? commit.Trim() : "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown";
        }
    }
}
