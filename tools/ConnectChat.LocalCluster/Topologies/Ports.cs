using ConnectChat.LocalCluster.Embedded;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>Where everything of a topology listens, on loopback.</summary>
internal sealed record Ports(
    IReadOnlyList<int> Gateways, int GroupsHttp, int GroupsGrpc, int MessagingHttp, int MessagingGrpc, int Kafka, int DynamoDb,
    Dashboard Dashboard)
{
    /// <summary>Gateways from the base port on, the others at fixed distances, the dashboard where it usually is; 0 takes free ports.</summary>
    public static Ports From(int basePort, int gateways) => basePort == 0
        ? Free(gateways)
        : new Ports([.. Enumerable.Range(basePort, gateways)], basePort + 10, basePort + 11, basePort + 20, basePort + 21, basePort + 30, basePort + 40, Dashboard.Usual);

    private static Ports Free(int gateways) => new(
        [.. Enumerable.Range(0, gateways).Select(_ => FreePort.Next())],
        FreePort.Next(), FreePort.Next(), FreePort.Next(), FreePort.Next(), FreePort.Next(), FreePort.Next(),
        new Dashboard(FreePort.Next(), FreePort.Next(), FreePort.Next()));
}
