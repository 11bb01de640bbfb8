using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.AppHost.Commands;

/// <summary>Kill, pause and resume of a container, through its runtime.</summary>
internal static class ContainerCommands
{
    private const string ContainerId = "container.id";

    /// <summary>Adds the three commands.</summary>
    /// <param name="container">The container.</param>
    /// <param name="runtime"><c>docker</c> or <c>podman</c>.</param>
    /// <param name="consequence">What QA will see, in a sentence.</param>
    public static void WithContainerCommands(this IResourceBuilder<ContainerResource> container, string runtime, string consequence)
    {
        var name = container.Resource.Name;
        container.WithVerb(
            runtime, "kill", "kill", "Kill", "Flash", $"Kill {name}? {consequence}", $"{name} was killed. {consequence} Start it again with Start.");
        container.WithVerb(
            runtime, "pause", "pause", "Pause", "Pause", $"Pause {name}? {consequence}", $"{name} is paused. {consequence} Let it go on with Resume.");
        container.WithVerb(runtime, "unpause", "resume", "Resume", "Play", confirmation: null, $"{name} goes on.");
    }

    private static void WithVerb(
        this IResourceBuilder<ContainerResource> container,
        string runtime,
        string verb,
        string command,
        string displayName,
        string icon,
        string? confirmation,
        string result) =>
        container.WithCommand(
            command,
            displayName,
            async context =>
            {
                var notifications = context.Services.GetRequiredService<ResourceNotificationService>();
                if (!notifications.TryGetCurrentState(context.ResourceName, out var state)
                    || state.Snapshot.Properties.FirstOrDefault(property => property.Name == ContainerId)?.Value is not { } id)
                {
                    return CommandResults.Failure($"{container.Resource.Name} is not running; start it first.");
                }

                using var process =
                    Process.Start(new ProcessStartInfo(runtime, [verb, $"{id}"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
                var problem = await process.StandardError.ReadToEndAsync(context.CancellationToken);
                await process.WaitForExitAsync(context.CancellationToken);
                return process.ExitCode == 0 ? CommandResults.Success(result) : CommandResults.Failure($"{runtime} {verb}: {problem.Trim()}");
            },
            new CommandOptions
            {
                IconName = icon,
                Description = $"{runtime} {verb}.",
                ConfirmationMessage = confirmation,
                UpdateState = ProcessCommands.WhileRunning,
            });
}
