using System.Net;
using System.Net.Sockets;

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

    private static Ports Free(int gateways)
    {
        // All at once, or the system would give the same port twice.
        var probes = Enumerable.Range(0, gateways + 9).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        try
        {
            var ports = probes.ConvertAll(probe =>
            {
                probe.Start();
                return ((IPEndPoint)probe.LocalEndpoint).Port;
            });
            return new Ports(ports[9..], ports[0], ports[1], ports[2], ports[3], ports[4], ports[5], new Dashboard(ports[6], ports[7], ports[8]));
        }
        finally
        {
            probes.ForEach(probe => probe.Dispose());
        }
    }
}
