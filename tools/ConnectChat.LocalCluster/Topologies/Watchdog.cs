using System.Diagnostics;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>
/// Kills the child processes when this process dies in a way that lets it clean up nothing (SIGKILL): a shell that reads from a pipe
/// which children to look after, and kills them at its end.
/// </summary>
/// <remarks>
/// PR_SET_PDEATHSIG would do it without a process, but it fires when the *thread* that started a child ends, and threads of the pool
/// do. On Windows there is no watchdog: closing the console ends what runs in it.
/// </remarks>
internal sealed class Watchdog : IDisposable
{
    // Signals of the terminal go to the whole foreground group; the watchdog must outlive them.
    private const string Script = """
        trap '' INT TERM HUP QUIT
        children=
        while read -r operation child; do
          case $operation in
            watch) children="$children $child" ;;
            forget) kept=; for known in $children; do [ "$known" = "$child" ] || kept="$kept $known"; done; children=$kept ;;
          esac
        done
        [ -z "$children" ] || kill -KILL $children 2>/dev/null
        """;

    private readonly Lock _lock = new();
    private readonly Process? _shell;

    /// <summary>Starts it.</summary>
    public Watchdog()
    {
        if (!OperatingSystem.IsWindows())
        {
            _shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script]) { RedirectStandardInput = true });
        }
    }

    /// <summary>Looks after a child.</summary>
    public void Watch(int processId) => Tell($"watch {processId}");

    /// <summary>The child has ended.</summary>
    public void Forget(int processId) => Tell($"forget {processId}");

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            Close();
            _shell?.WaitForExit(TimeSpan.FromSeconds(2));
            _shell?.Dispose();
        }
    }

    private void Close()
    {
        try
        {
            _shell?.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has been killed.
        }
    }

    private void Tell(string line)
    {
        lock (_lock)
        {
            try
            {
                _shell?.StandardInput.WriteLine(line);
                _shell?.StandardInput.Flush();
            }
            catch (IOException)
            {
                // Someone has killed the watchdog; what it would look after goes on without it.
            }
        }
    }
}
