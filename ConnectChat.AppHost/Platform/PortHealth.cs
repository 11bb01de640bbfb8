using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ConnectChat.AppHost.Platform;

/// <summary>The health of a stand-in that has no health endpoint.</summary>
internal static class PortHealth
{
    /// <summary>Healthy when something accepts connections on the port.</summary>
    public static async Task<HealthCheckResult> AnswersAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (SocketException exception)
        {
            return HealthCheckResult.Unhealthy(exception.SocketErrorCode.ToString());
        }
    }
}
