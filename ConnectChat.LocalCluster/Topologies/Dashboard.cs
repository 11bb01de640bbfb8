using System.Diagnostics;
using ConnectChat.LocalCluster.Embedded;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>The Aspire dashboard, from the CLI that npm installed.</summary>
internal static class Dashboard
{
    /// <summary>Where it shows traces, logs and metrics.</summary>
    public const string Url = "http://localhost:18888";

    /// <summary>Where services send them.</summary>
    public const string OtlpUrl = "http://localhost:4317";

    /// <summary>How to start it; null when it is not installed.</summary>
    public static Func<ProcessStartInfo>? StartInfo()
    {
        var cli = NpmTools.Find(Path.Combine("@microsoft", "aspire-cli-linux-x64", "bin", "aspire"));
        return cli is null || !OperatingSystem.IsLinux()
            ? null
            : () => new ProcessStartInfo(cli,
            [
                "dashboard", "run", "--allow-anonymous", "--non-interactive", "--nologo",
                "--frontend-url", Url, "--otlp-grpc-url", OtlpUrl, "--otlp-http-url", "http://localhost:4318",
            ]);
    }
}
