using System.Diagnostics;
using System.Globalization;
using ConnectChat.LocalCluster.Embedded;

namespace ConnectChat.Checker.Faults;

/// <summary>Real brokers, started by a script (<c>kafka start N</c>, <c>kill I</c>, <c>pause I</c> …) in a folder and on ports of their own.</summary>
internal sealed class KafkaScript : IAsyncDisposable
{
    private const string Variable = "CONNECTCHAT_KAFKA_SCRIPT";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _script;
    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("connectchat-check-kafka-").FullName, "kafka");
    private readonly int _port = FreePort.Next();

    private KafkaScript(string script, int brokers) => (_script, Brokers) = (script, brokers);

    public int Brokers { get; }

    public string BootstrapServers { get; private set; } = "";

    /// <summary>Starts brokers.</summary>
    /// <exception cref="CommandException">The script is not found, or the brokers do not start.</exception>
    public static async Task<KafkaScript> StartAsync(int brokers, CancellationToken cancellationToken)
    {
        var kafka = new KafkaScript(Find(), brokers);
        kafka.BootstrapServers = (await kafka.RunAsync(["start", brokers.ToString(CultureInfo.InvariantCulture)], cancellationToken)).Trim();
        return kafka;
    }

    /// <summary>Does something to a broker: <c>kill</c>, <c>term</c>, <c>pause</c>, <c>resume</c>, <c>revive</c>.</summary>
    public Task DoAsync(string what, int broker, CancellationToken cancellationToken) =>
        RunAsync([what, broker.ToString(CultureInfo.InvariantCulture)], cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await RunAsync(["clean"], CancellationToken.None);
        Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);
    }

    // Beside the repository, as ./dev has it, from this program upwards.
    private static string Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
        {
            return File.Exists(given) ? given : throw new CommandException($"{Variable} names {given}, which is not there.");
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "kafka", "kafka");
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new CommandException($"No script that starts Kafka is found. Name it in {Variable}, or give a Kafka that runs: --kafka HOST:PORT.");
    }

    private async Task<string> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(_script, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["KAFKA_DIR"], start.Environment["KAFKA_PORT"]) = (_folder, _port.ToString(CultureInfo.InvariantCulture));
        using var process = Process.Start(start)!;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        var error = process.StandardError.ReadToEndAsync(deadline.Token);
        var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        return process.ExitCode == 0 ? output : throw new CommandException($"{_script} {string.Join(' ', arguments)} failed: {(await error).Trim()}");
    }
}
