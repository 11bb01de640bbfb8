using ConnectChat.Cli.Commands;
using ConnectChat.Contracts;
using ConnectChat.LocalCluster.Topologies;
using Microsoft.IdentityModel.JsonWebTokens;

namespace ConnectChat.Cli.Chat;

/// <summary>Who chats, at which gateways, with which tokens.</summary>
/// <param name="User">The user id.</param>
/// <param name="Gateways">Base addresses, each with a slash at its end; at least one.</param>
/// <param name="Token">Gives a token that is valid now.</param>
internal sealed record ChatAccess(string User, IReadOnlyList<Uri> Gateways, Func<string> Token)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>From the command line: what is not given comes from the topology that runs on the data directory.</summary>
    /// <exception cref="CommandException">Something is missing or malformed.</exception>
    public static ChatAccess Of(string dataDirectory, IReadOnlyList<string> gateways, string? token, string? user)
    {
        var addresses = gateways.Count > 0 ? gateways : RunState.Of(dataDirectory).Gateways;
        if (token is null && gateways.Count > 0 && !Keys.ExistIn(dataDirectory))
        {
            throw new CommandException($"--gateway needs --token: there are no keys in {Path.GetFullPath(dataDirectory)} to make a token with.");
        }

        var name = token is null ? user ?? throw new CommandException("Who chats? Give --as USER.") : SubjectOf(token);
        if (!Identifier.IsValid(name))
        {
            throw new CommandException($"'{name}' is no user id: {CommandLine.IdentifierForm}.");
        }

        if (user is not null && user != name)
        {
            throw new CommandException($"The token is of {name}, not of {user}. Leave out --as, or give a token of {user}.");
        }

        return new ChatAccess(name, [.. addresses.Select(Address)], token is null ? Minting(dataDirectory, name) : () => token);
    }

    private static Func<string> Minting(string dataDirectory, string user)
    {
        var tokens = new UserTokens(Keys.Of(dataDirectory).Users);
        return () => tokens.Mint(user, Lifetime, TimeProvider.System);
    }

    private static Uri Address(string text) => Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
        ? address
        : throw new CommandException($"'{text}' is no address of a gateway, like http://127.0.0.1:5300.");

    private static string SubjectOf(string token)
    {
        var handler = new JsonWebTokenHandler();
        return handler.CanReadToken(token)
            ? handler.ReadJsonWebToken(token).Subject
            : throw new CommandException("--token is no JWT. ./dev token USER prints one.");
    }
}
