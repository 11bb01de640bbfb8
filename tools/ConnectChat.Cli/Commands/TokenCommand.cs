using System.CommandLine;
using ConnectChat.Contracts;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.Cli.Commands;

/// <summary><c>token USER</c>: prints a JWT that the gateways of a data directory accept.</summary>
internal static class TokenCommand
{
    private static readonly TimeSpan ShortestLifetime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(3_650);

    public static Command Create()
    {
        var user = new Argument<string>("USER") { Description = "The user id." };
        var lifetime =
            new Option<TimeSpan>("--lifetime") { Description = "How long it is valid, [d.]hh:mm:ss.", DefaultValueFactory = _ => TimeSpan.FromHours(12) }
            .Such(value => value >= ShortestLifetime && value <= LongestLifetime, "1 second to 3,650 days, [d.]hh:mm:ss");
        var data = CommonOptions.Data();
        var command = new Command("token", "Prints a token for a user.") { user, lifetime, data };
        command.SetAction(parsed =>
        {
            var userId = parsed.GetRequiredValue(user);
            if (!Identifier.IsValid(userId))
            {
                throw new CommandException($"'{userId}' is no user id: {CommandLine.IdentifierForm}.");
            }

            Console.WriteLine(new UserTokens(Keys.Of(parsed.GetRequiredValue(data)).Users).Mint(userId, parsed.GetValue(lifetime), TimeProvider.System));
        });
        return command;
    }
}
