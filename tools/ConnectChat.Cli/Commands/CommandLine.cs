using System.CommandLine;
using ConnectChat.Client;
using ConnectChat.Contracts;

namespace ConnectChat.Cli.Commands;

/// <summary>Runs a verb, and turns how it ended into an exit code and a sentence.</summary>
internal static class CommandLine
{
    private const int Mistake = 1;
    private const int OwnFault = 70;
    private const int Cancelled = 130;

    // Ctrl-C and SIGTERM cancel the verb, which then has this long to stop what it started.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(60);

    /// <summary>What an id of a user or a group looks like, for messages about one that does not.</summary>
    public static string IdentifierForm { get; } = $"1 to {Limits.IdentifierLength} letters, digits and . _ : @ -, a letter or digit first";

    /// <summary>
    /// Runs a verb. Exit codes: its own; 1 for a mistake or an obstacle that the message explains; 130 when it was cancelled; 70 for a
    /// fault of this program, the only one that is shown with its stack trace.
    /// </summary>
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        try
        {
            var configuration = new InvocationConfiguration { ProcessTerminationTimeout = StopTimeout, EnableDefaultExceptionHandler = false };
            return await root.Parse(args).InvokeAsync(configuration);
        }
        catch (OperationCanceledException late) when (late.InnerException is TimeoutException timeout)
        {
            return await FailAsync(timeout.Message, Mistake);
        }
        catch (OperationCanceledException)
        {
            return Cancelled;
        }
        catch (ChatException refused)
        {
            return await FailAsync($"Refused ({refused.Code}): {refused.Message}", Mistake);
        }
        catch (Exception mistake) when (mistake is CommandException or TimeoutException or UnauthorizedAccessException
            || (mistake is IOException and not (FileNotFoundException or FileLoadException)))
        {
            // Not those of the two: an assembly of ours that is missing is no mistake of the user's.
            return await FailAsync(mistake.Message, Mistake);
        }
        catch (Exception fault)
        {
            return await FailAsync($"This is a fault of Connect Chat, please report it: {fault}", OwnFault);
        }
    }

    /// <summary>Waits for Ctrl-C or SIGTERM.</summary>
    public static async Task UntilStoppedAsync(CancellationToken stop) =>
        await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static async Task<int> FailAsync(string message, int exitCode)
    {
        await Console.Error.WriteLineAsync(message);
        return exitCode;
    }
}
