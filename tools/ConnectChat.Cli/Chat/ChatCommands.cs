using System.Globalization;
using ConnectChat.Cli.Commands;
using ConnectChat.Client;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;

namespace ConnectChat.Cli.Chat;

/// <summary>Lines that start with a slash.</summary>
internal sealed class ChatCommands(string group, ChatApi api, ChatClient client, ChatScreen screen)
{
    private const int MostMembers = 100;
    private const int ShortHistory = 20;

    private static readonly string[] Help =
    [
        "/add USER        adds a user to the group (its owner and administrators)",
        "/remove USER     removes one; everybody may remove themselves",
        "/members         who is in the group",
        "/history [N]     the last N messages again, 1 to 500",
        "/quit            leaves; so do Ctrl-C, and Ctrl-D on an empty line",
        "//text           sends /text",
    ];

    /// <summary>False: it could not be done, and a line says why.</summary>
    public async Task<bool> RunAsync(string line, CancellationToken cancellationToken)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        try
        {
            return words switch
            {
                ["/add", var user] when IsUser(user) =>
                    Note(await api.AddAsync(group, user, cancellationToken) switch
                    {
                        true => $"{user} is a member now",
                        false => $"{user} was a member already",
                        null => $"{user} declines: only {user} can decide to be in {group} again",
                    }),
                ["/remove", var user] when IsUser(user) =>
                    Note(await api.RemoveAsync(group, user, cancellationToken) ? $"{user} is no member any more" : $"{user} was no member"),
                ["/add" or "/remove", var user] => Problem($"'{user}' is no user id: {CommandLine.IdentifierForm}"),
                ["/members"] => await MembersAsync(cancellationToken),
                ["/history"] => await HistoryAsync(ShortHistory, cancellationToken),
                ["/history", var text] when Count(text) is { } count => await HistoryAsync(count, cancellationToken),
                ["/help"] => Array.TrueForAll(Help, Note),
                _ => Problem($"no such command: {line}   /help lists them"),
            };
        }
        catch (ChatException refused)
        {
            return Problem($"refused ({refused.Code}): {refused.Message}");
        }
    }

    private static bool IsUser(string text) => Identifier.IsValid(text);

    private static int? Count(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= Limits.HistoryPage ? count : null;

    private async Task<bool> MembersAsync(CancellationToken cancellationToken)
    {
        var (count, first) = await api.MembersAsync(group, MostMembers, cancellationToken);
        var names = string.Join(", ", first.Select(member => member.Role switch
        {
            "Owner" => $"{member.UserId} (owner)",
            "Administrator" => $"{member.UserId} (administrator)",
            _ => member.UserId,
        }));
        return Note($"{count:N0} in {group}: {names}{(count > first.Count ? " …" : "")}");
    }

    private async Task<bool> HistoryAsync(int count, CancellationToken cancellationToken)
    {
        var page = await client.GetHistoryAsync(group, new HistoryPosition { Before = 0 }, count, cancellationToken);
        foreach (var message in page.Messages.Reverse())
        {
            screen.Message(message);
        }

        return Note($"{page.Messages.Count} of history{(page.EndOfHistory ? "; there are no others" : "")}");
    }

    private bool Note(string line)
    {
        screen.Note(line);
        return true;
    }

    private bool Problem(string line)
    {
        screen.Problem(line);
        return false;
    }
}
