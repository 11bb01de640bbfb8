using System.Diagnostics;
using ConnectChat.LocalCluster.Embedded;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>The Aspire dashboard, from the CLI that npm installed: shows traces, logs and metrics, and answers questions about them.</summary>
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

    /// <summary>How to start it; null when it is not installed.</summary>
    public Func<ProcessStartInfo>? StartInfo()
    {
        return NpmTools.Aspire() is not { } cli
            ? null
            : () => new ProcessStartInfo(cli,
            [
                "dashboard", "run", "--allow-anonymous", "--non-interactive", "--nologo",
                "--frontend-url", Url, "--otlp-grpc-url", OtlpUrl, "--otlp-http-url", $"http://localhost:{OtlpHttp}",
            ]);
    }
}
