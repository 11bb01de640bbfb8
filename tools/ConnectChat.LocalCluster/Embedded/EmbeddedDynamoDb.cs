using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ConnectChat.LocalCluster.Embedded;

/// <summary>Amazon DynamoDB's API on loopback, served by the npm binary dynoxide as a child process, with its data on disk or in memory.</summary>
public sealed class EmbeddedDynamoDb : IAsyncDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(20);

    private readonly Process _process;

    // The last line that it wrote to standard error: why it ended, when it ends while starting.
    private volatile string _lastError = "";

    private EmbeddedDynamoDb(Process process, int port)
    {
        _process = process;
        Port = port;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += (_, line) => _lastError = string.IsNullOrWhiteSpace(line.Data) ? _lastError : line.Data;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The loopback port.</summary>
    public int Port { get; }

    /// <summary>What an AWS SDK gets as <c>AWS_ENDPOINT_URL_DYNAMODB</c>.</summary>
    public string ServiceUrl => $"http://127.0.0.1:{Port}";

    /// <summary>The process id, for tests that kill it.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Starts the binary and waits until it answers.</summary>
    /// <param name="databaseFile">Where the data lives; null keeps it in memory.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <param name="cancellationToken">Stops the wait, and the process with it.</param>
    /// <exception cref="CommandException">
    /// The npm package is not installed, the port is taken, or the data cannot be opened; the message says which, and what to do.
    /// </exception>
    public static async Task<EmbeddedDynamoDb> StartAsync(string? databaseFile = null, int port = 0, CancellationToken cancellationToken = default)
    {
        port = port == 0 ? FreePort.Next() : port;
        if (!FreePort.IsFree(port))
        {
            throw new CommandException($"The embedded DynamoDB cannot start: {PortOwner.Describe(port)}.");
        }

        var start = StartInfo(databaseFile, port);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        var database = new EmbeddedDynamoDb(process, port);
        try
        {
            await database.AnswersAsync(cancellationToken);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    /// <summary>How to start the binary, for a supervisor that starts it again on the same data.</summary>
    /// <exception cref="CommandException">The npm package is not installed.</exception>
    internal static ProcessStartInfo StartInfo(string? databaseFile, int port) => new(
        NpmTools.DynamoDb(),
        ["--host", "127.0.0.1", "--port", $"{port}", .. databaseFile is null ? Array.Empty<string>() : ["--db-path", databaseFile]]);

    private async Task AnswersAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AnswerTimeout);
        try
        {
            while (!await ListensAsync(deadline.Token))
            {
                if (_process.HasExited)
                {
                    // Waits for the streams too: the reason may still be on its way.
                    await _process.WaitForExitAsync(deadline.Token);
                    throw new CommandException($"The embedded DynamoDB ended with code {_process.ExitCode} while starting on port {Port}: {_lastError}");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(20), deadline.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The embedded DynamoDB does not answer on port {Port} after {AnswerTimeout.TotalSeconds:0} s.");
        }
    }

    private async Task<bool> ListensAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
