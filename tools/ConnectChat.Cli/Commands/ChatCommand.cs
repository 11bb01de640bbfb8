using System.CommandLine;
using ConnectChat.Cli.Chat;
using ConnectChat.Client;
using ConnectChat.Contracts;
using Spectre.Console;

namespace ConnectChat.Cli.Commands;

/// <summary><c>chat</c>: a client in a terminal. Two of them, in two terminals, chat.</summary>
internal static class ChatCommand
{
    private const double MostLinger = 3_600;

    public static Command Create()
    {
        var user = new Option<string?>("--as") { Description = "The user id. Not needed beside --token, which names its user." };
        var group =
            new Option<string>("--group") { Description = "The group id. A group that does not exist is created, and belongs to this user.", Required = true };
        var gateways = new Option<string[]>("--gateway")
        {
            Description = "Address of a gateway, may be repeated; otherwise those of the topology that runs on --data.",
            DefaultValueFactory = _ => [],
        };
        var token = new Option<string?>("--token") { Description = "The user's token; otherwise one is made with the keys in --data." };
        var linger = new Option<double>("--linger") { Description = "Seconds to wait for replies at the end of piped input.", DefaultValueFactory = _ => 2 };
        var data = CommonOptions.Data();
        var command = new Command("chat", "Chats in a group: what is typed is sent, what others send is shown. Reads lines from a pipe as well.")
        {
            user, group, gateways, token, data, linger,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var options = new ChatOptions
            {
                Group = parsed.GetRequiredValue(group),
                Linger = TimeSpan.FromSeconds(Checked(parsed.GetValue(linger))),
                Piped = Console.IsInputRedirected,
            };
            if (!Identifier.IsValid(options.Group))
            {
                throw new CommandException($"'{options.Group}' is no group id: {CommandLine.IdentifierForm}.");
            }

            var access = ChatAccess.Of(parsed.GetRequiredValue(data), parsed.GetRequiredValue(gateways), parsed.GetValue(token), parsed.GetValue(user));
            return await RunAsync(options, access, stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(ChatOptions options, ChatAccess access, CancellationToken stop)
    {
        var screen = new ChatScreen(AnsiConsole.Console, TimeProvider.System, access.User);
        try
        {
            var session = new ChatSession(options, access, screen, TimeProvider.System);
            return await session.RunAsync(() => screen.CanPrompt && !options.Piped ? KeyboardInput.Open(screen) : PipedInput.Open(Console.In), stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Ctrl-C is how one leaves.
            return 0;
        }
        catch (ChatException refused)
        {
            var remedy = refused.Code == ErrorCodes.Unavailable ? " ./dev run starts a topology." : "";
            throw new CommandException(PrintableText.Of(refused.Message) + remedy);
        }
        catch (HttpRequestException refused)
        {
            throw new CommandException(PrintableText.Of(refused.Message));
        }
        finally
        {
            screen.ClosePrompt();
        }
    }

    private static double Checked(double linger) => linger is >= 0 and <= MostLinger
        ? linger
        : throw new CommandException($"--linger is a number of seconds, 0 to {MostLinger:0}.");
}
