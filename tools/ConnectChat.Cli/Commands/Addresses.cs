using System.Globalization;

namespace ConnectChat.Cli.Commands;

/// <summary>Whether what a user typed is an address.</summary>
internal static class Addresses
{
    private const int GreatestPort = 65_535;

    /// <summary>Kafka's bootstrap servers: <c>HOST:PORT[,HOST:PORT …]</c>.</summary>
    public static bool AreBootstrapServers(string? servers) => servers is null || servers.Split(',').All(IsServer);

    /// <summary>An absolute address of http or https.</summary>
    public static bool IsHttp(string? address) =>
        address is null || (Uri.TryCreate(address, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
            && url.Host.Length > 0);

    private static bool IsServer(string server)
    {
        var colon = server.LastIndexOf(':');
        return colon > 0
            && int.TryParse(server[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and <= GreatestPort
            && Uri.CheckHostName(server[..colon].Trim()) != UriHostNameType.Unknown;
    }
}
