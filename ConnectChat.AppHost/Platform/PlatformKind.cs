using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace ConnectChat.AppHost.Platform;

/// <summary>Where Kafka and DynamoDB come from.</summary>
internal enum PlatformKind
{
    /// <summary>Containers: Kafka with its UI, DynamoDB Local.</summary>
    Containers,

    /// <summary>No container runtime answers: the embedded stand-ins of LocalCluster, as executables.</summary>
    Embedded,

    /// <summary>Publishing: what the operator has, given as parameters.</summary>
    Published,
}

internal static class PlatformKindExtensions
{
    extension(PlatformKind)
    {
        /// <summary>
        /// Decides once, before anything is added: a container resource without a runtime would keep everything that waits for it waiting
        /// for ever. <c>Containers=true</c> or <c>false</c> overrules the probe.
        /// </summary>
        public static PlatformKind Choose(IDistributedApplicationBuilder builder)
        {
            if (builder.ExecutionContext.IsPublishMode)
            {
                return PlatformKind.Published;
            }

            var containers = builder.Configuration["Containers"] is { Length: > 0 } said && said != "auto"
                ? builder.Configuration.GetValue<bool>("Containers")
                : Answers("docker", "version", "--format", "{{.Server.Version}}") || Answers("podman", "info");
            return containers ? PlatformKind.Containers : PlatformKind.Embedded;
        }
    }

    private static bool Answers(string command, params string[] arguments)
    {
        try
        {
            using var probe = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
            if (probe is null)
            {
                return false;
            }

            if (probe.WaitForExit(TimeSpan.FromSeconds(5)))
            {
                return probe.ExitCode == 0;
            }

            probe.Kill();
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // Not installed.
            return false;
        }
    }
}
