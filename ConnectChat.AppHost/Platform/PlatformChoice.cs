using System.ComponentModel;
using System.Diagnostics;

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

/// <summary>The decision, made once, before anything is added.</summary>
/// <param name="Kind">Where Kafka and DynamoDB come from.</param>
/// <param name="ContainerRuntime">The command that answered, for commands on containers; null when none was asked or none answered.</param>
internal sealed record PlatformChoice(PlatformKind Kind, string? ContainerRuntime = null)
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Asks for a container runtime: a container resource without one would keep everything that waits for it waiting for ever.
    /// <c>Containers=true</c> or <c>false</c> overrules the probe.
    /// </summary>
    /// <exception cref="DistributedApplicationException"><c>Containers</c> has another value.</exception>
    public static PlatformChoice Of(IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsPublishMode)
        {
            return new PlatformChoice(PlatformKind.Published);
        }

        var said = builder.Configuration["Containers"];
        if (said is not (null or "" or "auto") && !bool.TryParse(said, out _))
        {
            throw new DistributedApplicationException($"Containers is '{said}'; it must be auto, true or false.");
        }

        if (bool.TryParse(said, out var wanted))
        {
            return wanted ? new PlatformChoice(PlatformKind.Containers, Runtime() ?? "docker") : new PlatformChoice(PlatformKind.Embedded);
        }

        return Runtime() is { } runtime ? new PlatformChoice(PlatformKind.Containers, runtime) : new PlatformChoice(PlatformKind.Embedded);
    }

    private static string? Runtime() =>
        Answers("docker", "version", "--format", "{{.Server.Version}}") ? "docker" : Answers("podman", "info") ? "podman" : null;

    private static bool Answers(string command, params string[] arguments)
    {
        try
        {
            using var probe = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
            if (probe is null)
            {
                return false;
            }

            if (probe.WaitForExit(ProbeTimeout))
            {
                return probe.ExitCode == 0;
            }

            probe.Kill();
            return false;
        }
        catch (Win32Exception)
        {
            // Not installed.
            return false;
        }
    }
}
