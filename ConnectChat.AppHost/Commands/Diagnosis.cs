using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ConnectChat.AppHost.Commands;

/// <summary>What is down, for the message of a command that failed.</summary>
internal static class Diagnosis
{
    /// <summary>A sentence: which resources do not run, and which say that they are unwell.</summary>
    public static async Task<string> OfAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var notifications = services.GetRequiredService<ResourceNotificationService>();
        var problems = new List<string>();
        foreach (var resource in services.GetRequiredService<DistributedApplicationModel>().Resources)
        {
            if (resource is not (ProjectResource or ExecutableResource or ContainerResource))
            {
                continue;
            }

            var snapshot = (await notifications.WaitForResourceAsync(resource.Name, _ => true, cancellationToken)).Snapshot;
            if (snapshot.IsHidden)
            {
                continue;
            }

            if (snapshot.State?.Text != KnownResourceStates.Running)
            {
                problems.Add($"{resource.Name} is not running ({snapshot.State?.Text ?? "not started"})");
            }
            else if (snapshot.HealthStatus is HealthStatus.Unhealthy)
            {
                problems.Add($"{resource.Name} is running but unhealthy");
            }
        }

        return problems.Count == 0 ? "Every resource says that it is well; look at the logs." : $"{string.Join(", ", problems)}.";
    }
}
