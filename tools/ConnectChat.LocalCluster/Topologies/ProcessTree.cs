using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>A process and all that it started: what <c>dotnet run</c> starts is its child.</summary>
internal static partial class ProcessTree
{
    // Their numbers differ between Linux and macOS.
    private static readonly int StopSignal = OperatingSystem.IsMacOS() ? 17 : 19;
    private static readonly int ContinueSignal = OperatingSystem.IsMacOS() ? 19 : 18;

    /// <summary>Whether processes can be paused here.</summary>
    public static bool CanPause => !OperatingSystem.IsWindows();

    /// <summary>SIGKILL for all of it.</summary>
    /// <exception cref="ArgumentException">There is no such process.</exception>
    public static void Kill(int processId)
    {
        using var process = Process.GetProcessById(processId);
        process.Kill(entireProcessTree: true);
    }

    /// <summary>SIGSTOP for all of it: it holds its connections and answers nothing.</summary>
    public static void Pause(int processId) => Signal(processId, StopSignal);

    /// <summary>SIGCONT for all of it.</summary>
    public static void Resume(int processId) => Signal(processId, ContinueSignal);

    private static void Signal(int processId, int signal)
    {
        foreach (var id in All(processId))
        {
            _ = SendSignal(id, signal);
        }
    }

    private static List<int> All(int root)
    {
        var parents = Process.GetProcesses().Select(process =>
        {
            using (process)
            {
                return (process.Id, Parent: ParentOf(process.Id));
            }
        }).ToList();
        var all = new List<int> { root };
        for (var next = 0; next < all.Count; next++)
        {
            all.AddRange(parents.Where(process => process.Parent == all[next]).Select(process => process.Id));
        }

        return all;
    }

    private static int ParentOf(int processId)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                // "pid (name) state parent …"; the name may hold spaces and parentheses.
                var stat = File.ReadAllText($"/proc/{processId}/stat");
                return int.Parse(stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
            }

            using var ps = Process.Start(new ProcessStartInfo("ps", ["-o", "ppid=", "-p", $"{processId}"]) { RedirectStandardOutput = true });
            return int.TryParse(ps?.StandardOutput.ReadToEnd().Trim(), CultureInfo.InvariantCulture, out var parent) ? parent : 0;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int SendSignal(int processId, int signal);
}
