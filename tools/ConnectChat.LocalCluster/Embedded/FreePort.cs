using System.Net;
using System.Net.Sockets;

namespace ConnectChat.LocalCluster.Embedded;

/// <summary>Ports for processes that must be told where to listen, and that listen there again after a restart.</summary>
internal static class FreePort
{
    // Below the range that systems take ports from by themselves (Linux from 32,768 on, others from 49,152): one from there may be given
    // to any connection or listener between its choice and its use, and again while its process is restarted.
    private const int First = 20_000;
    private const int Count = 12_000;

    private static int _last = Random.Shared.Next(Count);

    /// <summary>A loopback port that nothing listens on, and that this process has not been given before.</summary>
    /// <exception cref="InvalidOperationException">Every one is taken.</exception>
    public static int Next() =>
        Enumerable.Range(0, Count).Select(_ => First + (Interlocked.Increment(ref _last) % Count)).FirstOrDefault(IsFree) is var port and not 0
            ? port
            : throw new InvalidOperationException($"No port from {First} to {First + Count - 1} is free.");

    /// <summary>Whether a process may listen on a loopback port now.</summary>
    internal static bool IsFree(int port) => MayListen(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || MayListen(IPAddress.IPv6Loopback, port));

    private static bool MayListen(IPAddress address, int port)
    {
        using var probe = Listener(address, port);
        try
        {
            probe.Start();
            return true;
        }
        catch (SocketException refused)
        {
            // A machine may know IPv6 and yet have no such loopback address.
            return refused.SocketErrorCode == SocketError.AddressNotAvailable;
        }
    }

    /// <summary>A listener that shares its port with no other.</summary>
    /// <remarks>
    /// <see cref="SocketOptionName.ReuseAddress"/> must not be set: on Linux .NET takes it for SO_REUSEPORT as well, with which two
    /// processes listen on one port and each gets some of the connections. A port in TIME_WAIT can be had without it.
    /// </remarks>
    internal static TcpListener Listener(IPAddress address, int port)
    {
        var listener = new TcpListener(address, port);
        if (OperatingSystem.IsWindows())
        {
            listener.ExclusiveAddressUse = true;
        }

        return listener;
    }
}
