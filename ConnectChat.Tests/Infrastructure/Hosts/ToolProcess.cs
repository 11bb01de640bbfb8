using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.Tests.Infrastructure.Hosts;

/// <summary>The command-line tool as a process of its own, as a user starts it.</summary>
internal sealed partial class ToolProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ToolProcess(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Take(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Take(_errors, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The assembly of the tool in its own folder; beside the tests some of what it needs comes from their framework.</summary>
    public static string Assembly { get; } = ServiceBinaries.Find("tools/ConnectChat.Cli");

    public int Id => _process.Id;

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    /// <summary>Starts a verb. A variable with an empty value is removed from the environment.</summary>
    public static ToolProcess Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? workingDirectory = null)
    {
        var start = new ProcessStartInfo("dotnet", [Assembly, .. arguments]) { WorkingDirectory = workingDirectory ?? "" };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value.Length == 0 ? null : value;
        }

        return new ToolProcess(start);
    }

    /// <summary>Runs a verb to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        await using var tool = Start(arguments);
        var exitCode = await tool.EndAsync(cancellationToken);
        return (exitCode, tool.Output, tool.Errors);
    }

    /// <summary>Waits until <c>run</c> says that everything is ready; fails with what it said when it ends before.</summary>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        var ended = _process.WaitForExitAsync(cancellationToken);
        await Task.WhenAny(_ready.Task, ended).WaitAsync(ReadyTimeout, cancellationToken);
        Assert.True(_ready.Task.IsCompletedSuccessfully, $"It is not ready: {Output}{Errors}");
    }

    /// <summary>Waits until it ends, and gives the exit code.</summary>
    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(ReadyTimeout, cancellationToken);
        return _process.ExitCode;
    }

    public void Signal(int signal) => _ = SendSignal(_process.Id, signal);

    public async ValueTask DisposeAsync()
    {
        const int Terminate = 15;
        if (!_process.HasExited)
        {
            Signal(Terminate);
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(ReadyTimeout);
        }

        _process.Dispose();
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    private void Take(StringBuilder text, string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (text)
        {
            text.AppendLine(line);
        }

        if (line.StartsWith("Ready after", StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int SendSignal(int processId, int signal);
}
