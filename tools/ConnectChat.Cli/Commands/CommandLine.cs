using System.CommandLine;
using ConnectChat.Contracts;

namespace ConnectChat.Cli.Commands;

/// <summary>What all verbs have in common.</summary>
internal static class CommandLine
{
    // Ctrl-C and SIGTERM cancel the verb, which then has this long to stop what it started.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(60);

    /// <summary>What an id of a user or a group looks like, for messages about one that does not.</summary>
    public static string IdentifierForm { get; } = $"1 to {Limits.IdentifierLength} letters, digits and . _ : @ -, a letter or digit first";

    /// <summary>The data directory.</summary>
    public static Option<string> Data() => new("--data") { Description = "Keys, data, logs and state of the run.", DefaultValueFactory = _ => ".connectchat" };

    /// <summary>A Kafka that runs already.</summary>
    public static Option<string?> Kafka() => new("--kafka") { Description = "Bootstrap servers of a Kafka that runs already, HOST:PORT[,HOST:PORT …]; otherwise the embedded broker." };

    /// <summary>A DynamoDB that runs already.</summary>
    public static Option<string?> DynamoDb() => new("--dynamodb") { Description = "Address of a DynamoDB that runs already; otherwise the embedded one." };

    /// <summary>A loopback port.</summary>
    public static Option<int> Port() => new("--port") { Description = "The loopback port.", Required = true };

    /// <summary>Runs a verb. Exit codes: its own; 130 when it was cancelled; 1 for a mistake that the message explains.</summary>
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        try
        {
            var configuration = new InvocationConfiguration { ProcessTerminationTimeout = StopTimeout, EnableDefaultExceptionHandler = false };
            return await root.Parse(args).InvokeAsync(configuration);
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
        catch (Exception mistake) when (mistake is CommandException or FileNotFoundException or TimeoutException)
        {
            await Console.Error.WriteLineAsync(mistake.Message);
            return 1;
        }
    }

    /// <summary>Waits for Ctrl-C or SIGTERM.</summary>
    public static async Task UntilStoppedAsync(CancellationToken stop) =>
        await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
