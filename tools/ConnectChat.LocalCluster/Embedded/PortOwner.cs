using System.Globalization;

namespace ConnectChat.LocalCluster.Embedded;

/// <summary>Which process listens on a port of this machine, where the system tells it: on Linux, for processes of the same user.</summary>
internal static class PortOwner
{
    private const string Listening = "0A";
    private static readonly string[] Tables = ["/proc/net/tcp", "/proc/net/tcp6"];

    /// <summary>A sentence about a port that is taken, for the user who wants it.</summary>
    public static string Describe(int port) => ProcessId(port) is { } owner
        ? $"port {port} is in use by {NameOf(owner)} (pid {owner})"
        : $"port {port} is in use by another program";

    /// <summary>The process that listens on a port; null when none does, or when the system does not say.</summary>
    public static int? ProcessId(int port)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var sockets = SocketsOn(port).Select(inode => $"socket:[{inode}]").ToHashSet();
        return sockets.Count == 0 ? null : Processes().Cast<int?>().FirstOrDefault(process => HasOpen(process!.Value, sockets));
    }

    /// <summary>
    /// False when the port is certainly served by a process other than this one and its children: another program answers in its place.
    /// </summary>
    public static bool MayBeServedBy(int processId, int port)
    {
        // A program that was started may serve through a child: its parents are asked up to the first process.
        var owner = ProcessId(port);
        for (var process = owner; process is > 1; process = ParentOf(process.Value))
        {
            if (process == processId)
            {
                return true;
            }
        }

        return owner is null;
    }

    // The columns are described in proc_net_tcp.txt of the Linux kernel: slot, local address:port, remote address, state, …, inode.
    private static IEnumerable<string> SocketsOn(int port)
    {
        var wanted = $":{port:X4}";
        return Tables
            .Where(File.Exists)
            .SelectMany(File.ReadLines)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns.Length > 9 && columns[3] == Listening && columns[1].EndsWith(wanted, StringComparison.Ordinal))
            .Select(columns => columns[9]);
    }

    private static IEnumerable<int> Processes() => Directory.EnumerateDirectories("/proc")
        .Select(Path.GetFileName)
        .Select(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var process) ? process : 0)
        .Where(process => process > 0);

    private static bool HasOpen(int process, HashSet<string> sockets)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Any(file => sockets.Contains(new FileInfo(file).LinkTarget ?? ""));
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
        {
            // It has ended, or belongs to another user.
            return false;
        }
    }

    private static int? ParentOf(int process)
    {
        try
        {
            // "pid (name) state parent …"; the name may hold anything, a parenthesis too.
            var status = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(status[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (Exception ended) when (ended is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string NameOf(int process)
    {
        try
        {
            var arguments = File.ReadAllText($"/proc/{process}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);

            // "dotnet" alone says little: the assembly that it runs is what the user knows.
            return string.Join(' ', arguments.Take(2).Select(Path.GetFileName));
        }
        catch (Exception ended) when (ended is IOException or UnauthorizedAccessException)
        {
            return "a process";
        }
    }
}
