using System.Diagnostics;
using System.Reflection;
using ConnectChat.LocalCluster.Embedded;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>The Aspire dashboard, from the package that brings it to the AppHost: shows traces, logs and metrics, and answers questions about them.</summary>
/// <param name="Http">The port of its pages and its API.</param>
/// <param name="OtlpGrpc">The port that services send to.</param>
/// <param name="OtlpHttp">The same over HTTP.</param>
internal sealed record Dashboard(int Http, int OtlpGrpc, int OtlpHttp)
{
    /// <summary>Where it usually is.</summary>
    public static readonly Dashboard Usual = new(18888, 4317, 4318);

    /// <summary>Its ports, none of which another dashboard may have: spans would go there.</summary>
    public IEnumerable<int> Ports => [Http, OtlpGrpc, OtlpHttp];

    /// <summary>Where it shows what it has.</summary>
    public string Url => $"http://localhost:{Http}";

    /// <summary>Where services send them.</summary>
    public string OtlpUrl => $"http://localhost:{OtlpGrpc}";

    /// <summary>On ports that nothing listens on.</summary>
    public static Dashboard OnFreePorts() => new(FreePort.Next(), FreePort.Next(), FreePort.Next());

    /// <summary>How to start it; null when the package of this platform did not bring it.</summary>
    public Func<ProcessStartInfo>? StartInfo()
    {
        var program = typeof(Dashboard).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(data => data.Key == "DashboardPath")?.Value;
        return File.Exists(program) ? () => StartInfo(program) : null;
    }

    // The settings are those with which Aspire's own CLI starts it alone: no key is asked for, and its API answers.
    private ProcessStartInfo StartInfo(string program) => new(program)
    {
        WorkingDirectory = Path.GetDirectoryName(program),
        Environment =
        {
            ["ASPNETCORE_URLS"] = Url,
            ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = OtlpUrl,
            ["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = $"http://localhost:{OtlpHttp}",
            ["ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS"] = "true",
            ["ASPIRE_DASHBOARD_API_ENABLED"] = "true",
        },
    };
}
