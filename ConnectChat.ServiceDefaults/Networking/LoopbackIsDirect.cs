using System.Net;

namespace ConnectChat.ServiceDefaults.Networking;

/// <summary>
/// The proxy of the environment (<c>HTTP_PROXY</c>, <c>HTTPS_PROXY</c>, <c>ALL_PROXY</c>) for everything but this machine: a proxy
/// elsewhere cannot reach what listens on loopback.
/// </summary>
internal sealed class LoopbackIsDirect(IWebProxy proxy) : IWebProxy
{
    /// <inheritdoc/>
    public ICredentials? Credentials
    {
        get => proxy.Credentials;
        set => proxy.Credentials = value;
    }

    /// <summary>
    /// Makes it the default of this process: of every <see cref="HttpClient"/>, gRPC channel, SignalR client, exporter and AWS client
    /// that is not told otherwise. Repeated calls change nothing.
    /// </summary>
    public static void MakeDefault()
    {
        if (HttpClient.DefaultProxy is not LoopbackIsDirect)
        {
            HttpClient.DefaultProxy = new LoopbackIsDirect(HttpClient.DefaultProxy);
        }
    }

    /// <inheritdoc/>
    public Uri? GetProxy(Uri destination) => destination.IsLoopback ? null : proxy.GetProxy(destination);

    /// <inheritdoc/>
    public bool IsBypassed(Uri host) => host.IsLoopback || proxy.IsBypassed(host);
}
