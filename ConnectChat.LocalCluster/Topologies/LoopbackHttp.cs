namespace ConnectChat.LocalCluster.Topologies;

/// <summary>HTTP to what runs on this machine: never through a proxy, whatever <c>HTTP_PROXY</c> says.</summary>
internal static class LoopbackHttp
{
    /// <summary>A client of loopback addresses.</summary>
    public static HttpClient Client(TimeSpan timeout, Uri? baseAddress = null) =>
        new(new SocketsHttpHandler { UseProxy = false }) { Timeout = timeout, BaseAddress = baseAddress };
}
