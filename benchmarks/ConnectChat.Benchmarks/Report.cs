using System.Diagnostics;
using System.Runtime.InteropServices;
using ConnectChat.LocalCluster;

namespace ConnectChat.Benchmarks;

/// <summary>Markdown for <c>benchmarks/results</c>: where it was measured, then the rows.</summary>
internal static class Report
{
    public static void Header(string title)
    {
        Console.WriteLine($"# {title}");
        Console.WriteLine();
        Console.WriteLine($"- Machine: {Machine.Processors()}, {RuntimeInformation.OSDescription}, .NET {Environment.Version}");
        Console.WriteLine(
            $"- Commit: {Git("rev-parse --short=12 HEAD")}{(Git("status --porcelain --untracked-files=no").Length > 0 ? " with uncommitted changes" : "")}");
#if DEBUG
        Console.WriteLine("- Configuration: Debug. These numbers say nothing; run with -c Release.");
#else
        Console.WriteLine("- Configuration: Release");
#endif
        Console.WriteLine(Invariant($"- Load average over one minute at the start: {Load()}"));
        Console.WriteLine();
    }

    /// <summary>Nearest rank, of ascending values.</summary>
    public static double Percentile(IReadOnlyList<double> ascending, double percent) =>
        ascending[Math.Max(0, (int)Math.Ceiling(ascending.Count * percent / 100) - 1)];

    public static string Invariant(params FormattableString[] text) => string.Concat(text.Select(FormattableString.Invariant));

    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private static string Git(string arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true })!;
        var output = git.StandardOutput.ReadToEnd().Trim();
        git.WaitForExit();
        return output;
    }
}
