using System.Diagnostics;
using ConnectChat.LocalCluster.Topologies;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>The program that a developer starts, as a process of its own.</summary>
[Collection(OneTopology.Name)]
public sealed class RunCommandTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("connectchat-run-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Theory(Timeout = 120_000)]
    [InlineData(Signals.Interrupt, 0)]
    [InlineData(Signals.Terminate, 0)]
    [InlineData(Signals.Kill, 137)]
    public async Task However_it_ends_no_process_is_left_behind(int signal, int exitCode)
    {
        using var program = Process.Start(new ProcessStartInfo("dotnet",
        [
            typeof(ConnectChat.Cli.Commands.CommandLine).Assembly.Location, "run", "--base-port", "0", "--no-dashboard", "--data", _data,
        ])
        {
            WorkingDirectory = _data,
            RedirectStandardOutput = true,
        })!;
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        program.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.StartsWith("Ready after", StringComparison.Ordinal) == true)
            {
                ready.TrySetResult();
            }
        };
        program.BeginOutputReadLine();
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
        var state = RunState.Of(_data);
        var children = state.Services.Select(service => service.ProcessId).ToList();
        Assert.Equal(5, children.Count);

        _ = Signals.Send(program.Id, signal);
        await program.WaitForExitAsync(Token);

        Assert.Equal(exitCode, program.ExitCode);
        foreach (var child in children)
        {
            await GoneAsync(child);
        }
    }

    private static async Task GoneAsync(int processId)
    {
        Process child;
        try
        {
            child = Process.GetProcessById(processId);
        }
        catch (ArgumentException)
        {
            return;
        }

        using (child)
        {
            await child.WaitForExitAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        }
    }
}
