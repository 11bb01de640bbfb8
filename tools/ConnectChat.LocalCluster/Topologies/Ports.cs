using ConnectChat.LocalCluster.Embedded;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>Where everything of a topology listens, on loopback.</summary>
internal sealed record Ports(
    IReadOnlyList<int> Gateways, IReadOnlyList<int> Operators, int GroupsHttp, int GroupsGrpc, int MessagingHttp, int MessagingGrpc, int Kafka, int DynamoDb,
    Dashboard Dashboard)
{
    /// <summary>The greatest base port: the last port of all is this far above it.</summary>
    public const int GreatestBase = 65_535 - LastOffset;

    private const int LastOffset = 62;

    /// <summary>The base port whose dashboard is where dashboards usually are.</summary>
    private const int UsualBase = 5300;

    /// <summary>Gateways from the base port on, the others at fixed distances; 0 takes free ports.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The base port is negative or above <see cref="GreatestBase"/>.</exception>
    public static Ports From(int basePort, int gateways)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(basePort);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(basePort, GreatestBase);
        return basePort == 0 ? Free(gateways) : new Ports(
            [.. Enumerable.Range(basePort, gateways)],
            [.. Enumerable.Range(basePort + 53, gateways)],
            basePort + 10, basePort + 11, basePort + 20, basePort + 21, basePort + 30, basePort + 40,
            basePort == UsualBase ? Dashboard.Usual : new Dashboard(basePort + 50, basePort + 51, basePort + 52));
    }

    /// <summary>Refuses ports that another program has: a service that cannot listen would be started again and again.</summary>
    /// <param name="kafka">Whether the embedded broker listens.</param>
    /// <param name="dynamoDb">Whether the embedded store listens.</param>
    /// <exception cref="CommandException">Some are taken; the message names each, and the process that has it where the system tells.</exception>
    public void ThrowIfTaken(bool kafka, bool dynamoDb)
    {
        IEnumerable<int> wanted =
        [
            .. Gateways,
            .. Operators,
            GroupsHttp,
            GroupsGrpc,
            MessagingHttp,
            MessagingGrpc,
            .. kafka ? [Kafka] : Array.Empty<int>(),
            .. dynamoDb ? [DynamoDb] : Array.Empty<int>(),
        ];
        ThrowIfTaken(wanted);
    }

    /// <summary>Refuses these ports when another program has any of them.</summary>
    /// <exception cref="CommandException">Some are taken.</exception>
    public static void ThrowIfTaken(IEnumerable<int> ports)
    {
        var taken = ports.Where(port => !FreePort.IsFree(port)).Select(PortOwner.Describe).ToList();
        if (taken.Count > 0)
        {
            throw new CommandException(
                $"It cannot start: {string.Join("; ", taken)}. Stop what runs there, or choose other ports with --base-port (0 takes free ones).");
        }
    }

    private static Ports Free(int gateways) => new(
        [.. Enumerable.Range(0, gateways).Select(_ => FreePort.Next())],
        [.. Enumerable.Range(0, gateways).Select(_ => FreePort.Next())],
        FreePort.Next(), FreePort.Next(), FreePort.Next(), FreePort.Next(), FreePort.Next(), FreePort.Next(),
        Dashboard.OnFreePorts());
}
