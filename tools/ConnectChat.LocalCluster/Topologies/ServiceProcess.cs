using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>One service as a child process that is started again when it dies, with a pause that doubles from 0.2 s to 5 s.</summary>
public sealed partial class ServiceProcess : IAsyncDisposable
{
    private const int TerminateSignal = 15;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // A process that ran this long resets the back-off.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(10);

    private readonly Func<ProcessStartInfo> _startInfo;
    private readonly Watchdog _watchdog;
    private readonly Action<string> _say;
    private readonly Action _restarted;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly LogFile _log;
    private readonly Lock _lifecycle = new();
    private Process _process;
    private readonly Task _supervising;

    internal ServiceProcess(
        string name,
        string healthUrl,
        string logFile,
        Func<ProcessStartInfo> startInfo,
        Watchdog watchdog,
        Action<string> say,
        TimeProvider clock,
        Action? restarted = null)
    {
        (Name, HealthUrl, LogFile) = (name, new Uri(healthUrl), logFile);
        (_startInfo, _watchdog, _say, _clock, _restarted) = (startInfo, watchdog, say, clock, restarted ?? (() => { }));
        _log = new LogFile(logFile);
        _process = Launch();
        _supervising = SuperviseAsync();
    }

    /// <summary>Its name in the topology.</summary>
    public string Name { get; }

    /// <summary>Answers 200 when the service is ready.</summary>
    public Uri HealthUrl { get; }

    /// <summary>Everything it wrote.</summary>
    public string LogFile { get; }

    /// <summary>The process that runs now, or ran last.</summary>
    public int ProcessId { get; private set; }

    /// <summary>The process that runs now; null while there is none.</summary>
    internal int? RunningProcessId
    {
        get
        {
            lock (_lifecycle)
            {
                return _process.HasExited ? null : _process.Id;
            }
        }
    }

    /// <summary>Lines of its log that could not be written.</summary>
    internal long LostLogLines => _log.Lost;

    /// <summary>How often it was started again.</summary>
    public int Restarts { get; private set; }

    /// <summary>SIGKILL: the service gets no chance to do anything. The supervisor starts it again.</summary>
    public void Kill() => _process.Kill();

    /// <summary>From here on it is not started again: what runs now is what must end.</summary>
    internal void LeaveWhenItEnds()
    {
        lock (_lifecycle)
        {
            _stop.Cancel();
        }
    }

    /// <summary>SIGTERM, and after the deadline SIGKILL. It stays down.</summary>
    public async Task StopAsync(TimeSpan deadline)
    {
        LeaveWhenItEnds();
        if (!_process.HasExited)
        {
            if (OperatingSystem.IsWindows())
            {
                // With its children: the dashboard's CLI serves through one.
                _process.Kill(entireProcessTree: true);
            }
            else
            {
                _ = SendSignal(_process.Id, TerminateSignal);
            }
        }

        using var late = new CancellationTokenSource(deadline, _clock);
        try
        {
            await _process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            _say($"{Name} did not stop within {deadline.TotalSeconds:0} s and is killed");
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        await _supervising;
    }

    /// <summary>Starts it after <see cref="StopAsync"/>.</summary>
    internal ServiceProcess Again() => new(Name, HealthUrl.OriginalString, LogFile, _startInfo, _watchdog, _say, _clock, _restarted);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.FromSeconds(10));
        _log.Dispose();
        _process.Dispose();
        _stop.Dispose();
    }

    private async Task SuperviseAsync()
    {
        var pause = FirstPause;
        while (true)
        {
            var started = _clock.GetTimestamp();
            await _process.WaitForExitAsync(CancellationToken.None);
            _watchdog.Forget(_process.Id);
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            pause = _clock.GetElapsedTime(started) > Settled ? FirstPause : pause;
            do
            {
                // Said after the pause: Ctrl-C reaches the children as well, and those that are faster than this process did not fail.
                await Task.Delay(pause, _clock, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            while (!TryStartAgain());

            _restarted();
        }
    }

    // False when it could not be started, which is worth another try; true when it runs, or is to stay down.
    private bool TryStartAgain()
    {
        lock (_lifecycle)
        {
            if (_stop.IsCancellationRequested)
            {
                return true;
            }

            _say($"{Name} ended with code {_process.ExitCode} and is started again (log: {LogFile})");
            try
            {
                _process = Launch();
                Restarts++;
                return true;
            }
            catch (CommandException failed)
            {
                // Its program may be being replaced just now, by a build or by npm.
                _say(failed.Message);
                return false;
            }
        }
    }

    private Process Launch()
    {
        var start = _startInfo();
        (start.RedirectStandardOutput, start.RedirectStandardError, start.RedirectStandardInput) = (true, true, true);
        LoopbackHttp.Exempt(start.Environment);
        var process = Start(start);
        _watchdog.Watch(process.Id);
        process.StandardInput.Close();
        process.OutputDataReceived += (_, line) => Log(line.Data);
        process.ErrorDataReceived += (_, line) => Log(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        ProcessId = process.Id;
        return process;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        }
        catch (Win32Exception refused)
        {
            throw new CommandException($"{start.FileName} cannot be started: {refused.Message}");
        }
    }

    private void Log(string? line)
    {
        if (line is not null)
        {
            _log.Write(line);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int SendSignal(int processId, int signal);
}
