using System.Globalization;
using ConnectChat.AppHost.Platform;
using ConnectChat.LocalCluster.Topologies;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.AppHost.Commands;

/// <summary>What may happen to a process, at the press of a button: it dies, it hangs, it comes to.</summary>
internal static class ProcessCommands
{
    private const string ProcessId = "executable.pid";

    /// <summary>Kill, and where the system can, pause and resume. Start again with the dashboard's own command.</summary>
    /// <param name="resource">A project or an executable.</param>
    /// <param name="consequence">What QA will see, in a sentence.</param>
    public static IResourceBuilder<T> WithProcessCommands<T>(this IResourceBuilder<T> resource, string consequence)
        where T : IResource
    {
        if (!resource.ApplicationBuilder.ExecutionContext.IsRunMode)
        {
            return resource;
        }

        var name = resource.Resource.Name;
        resource.WithSignal("kill", "Kill", "Flash", $"SIGKILL, as a crash would. {consequence}", $"Kill {name}? {consequence}", id =>
        {
            ProcessTree.Kill(id);
            return $"Process {id} of {name} was killed. {consequence} Start it again with Start.";
        });
        if (ProcessTree.CanPause)
        {
            resource.WithSignal(
                "pause",
                "Pause",
                "Pause",
                $"SIGSTOP: it holds its connections and answers nothing. {consequence}",
                $"Pause {name}? {consequence}",
                id =>
                {
                    ProcessTree.Pause(id);
                    return $"Process {id} of {name} is paused. {consequence} Let it go on with Resume.";
                });
            resource.WithSignal("resume", "Resume", "Play", "SIGCONT, after a pause.", confirmation: null, id =>
            {
                ProcessTree.Resume(id);
                return $"Process {id} of {name} goes on.";
            });
        }

        return resource;
    }

    /// <summary>The same for a resource that is an executable or a container, or nothing when publishing.</summary>
    public static void WithCommandsOfItsKind(this IResourceBuilder<IResource>? resource, PlatformChoice platform, string consequence)
    {
        switch (resource)
        {
            case IResourceBuilder<ExecutableResource> executable:
                executable.WithProcessCommands(consequence);
                break;
            case IResourceBuilder<ContainerResource> container:
                container.WithContainerCommands(platform.ContainerRuntime!, consequence);
                break;
        }
    }

    private static void WithSignal<T>(
        this IResourceBuilder<T> resource, string command, string displayName, string icon, string description, string? confirmation, Func<int, string> send)
        where T : IResource => resource.WithCommand(
            command,
            displayName,
            context =>
            {
                var notifications = context.Services.GetRequiredService<ResourceNotificationService>();
                if (!notifications.TryGetCurrentState(context.ResourceName, out var state)
                    || state.Snapshot.State?.Text != KnownResourceStates.Running
                    || state.Snapshot.Properties.FirstOrDefault(property => property.Name == ProcessId)?.Value is not { } id)
                {
                    return Task.FromResult(CommandResults.Failure($"{resource.Resource.Name} is not running; start it first."));
                }

                return Task.FromResult(CommandResults.Success(send(Convert.ToInt32(id, CultureInfo.InvariantCulture))));
            },
            new CommandOptions { IconName = icon, Description = description, ConfirmationMessage = confirmation, UpdateState = WhileRunning });

    /// <summary>A command that needs a running resource.</summary>
    public static ResourceCommandState WhileRunning(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;
}
