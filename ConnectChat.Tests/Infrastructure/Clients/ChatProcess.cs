using System.Diagnostics;
using System.Threading.Channels;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.Tests.Infrastructure.Clients;

/// <summary><c>chat</c> as a process of its own, with pipes for a terminal.</summary>
internal sealed class ChatProcess : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    private ChatProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Received(line.Data);
        process.BeginOutputReadLine();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // From its own folder: beside the tests lies SignalR's client without the assemblies that ASP.NET Core brings along here.
    public static ChatProcess Start(params string[] arguments) =>
        new(Process.Start(new ProcessStartInfo("dotnet", [ServiceBinaries.Find("tools/ConnectChat.Cli"), "chat", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);

    public Task TypeAsync(string line) => _process.StandardInput.WriteLineAsync(line).WaitAsync(Deadline, Token);

    public void EndInput() => _process.StandardInput.Close();

    public void PressControlC() => _ = Signals.Send(_process.Id, Signals.Interrupt);

    /// <summary>The next line that has this text; those before it are dropped.</summary>
    public async Task<string> SeesAsync(string text)
    {
        var passed = new List<string>();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Deadline);
        try
        {
            while (true)
            {
                passed.Add(await _lines.Reader.ReadAsync(deadline.Token));
                if (passed[^1].Contains(text, StringComparison.Ordinal))
                {
                    return passed[^1];
                }
            }
        }
        catch (Exception never) when (never is OperationCanceledException or ChannelClosedException)
        {
            throw new InvalidOperationException($"'{text}' was never shown, but: {string.Join(Environment.NewLine, passed)}", never);
        }
    }

    /// <summary>Which gateway it is connected to, from the line that says so.</summary>
    public async Task<string> SeesConnectedAsync(Topology topology)
    {
        var line = await SeesAsync("connected to ");
        return $"gateway-{topology.Gateways.ToList().FindIndex(gateway => line.Contains(gateway.OriginalString, StringComparison.Ordinal)) + 1}";
    }

    /// <summary>How it ended: the exit code, what it showed since the last look, and what it wrote to standard error.</summary>
    public async Task<(int Code, IReadOnlyList<string> Lines, string Error)> EndedAsync()
    {
        var error = await _process.StandardError.ReadToEndAsync(Token).WaitAsync(Deadline, Token);
        await _process.WaitForExitAsync(Token).WaitAsync(Deadline, Token);
        return (_process.ExitCode, await _lines.Reader.ReadAllAsync(Token).ToListAsync(Token), error);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private void Received(string? line)
    {
        if (line is null)
        {
            _lines.Writer.TryComplete();
        }
        else
        {
            _lines.Writer.TryWrite(line);
        }
    }
}
