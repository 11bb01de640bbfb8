namespace ConnectChat.LocalCluster.Topologies;

/// <summary>HTTP to what runs on this machine: never through a proxy, whatever <c>HTTP_PROXY</c> says.</summary>
internal static class LoopbackHttp
{
    private static readonly string[] Variables = ["NO_PROXY", "no_proxy"];
    private const string Loopback = "localhost,127.0.0.1,::1";

    /// <summary>Tells a program that is started here to reach this machine without a proxy.</summary>
    public static void Exempt(IDictionary<string, string?> environment)
    {
        foreach (var variable in Variables)
        {
            environment[variable] = environment.TryGetValue(variable, out var given) && given is { Length: > 0 } ? $"{given},{Loopback}" : Loopback;
        }
    }

    /// <summary>A client of loopback addresses.</summary>
    public static HttpClient Client(TimeSpan timeout, Uri? baseAddress = null) =>
        new(new SocketsHttpHandler { UseProxy = false }) { Timeout = timeout, BaseAddress = baseAddress };
}
