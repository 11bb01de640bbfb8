using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.AppHost.Commands;

/// <summary>What QA does to a gateway from the dashboard.</summary>
internal static class GatewayCommands
{
    private const string ProcessId = "executable.pid";

    /// <summary>Adds a user to the demo group, named in the dialog or invented.</summary>
    public static IResourceBuilder<ProjectResource> WithAddMemberCommand(
        this IResourceBuilder<ProjectResource> gateway, IResourceBuilder<ParameterResource> tokenKey)
    {
        const string UserId = "userId";
#pragma warning disable ASPIREINTERACTION001 // Arguments of commands are marked experimental in 13.5; without them there is no dialog.
        var options = new CommandOptions
        {
            IconName = "PersonAdd",
            Description = "Adds a member to the demo group.",
            Arguments = [new InteractionInput { Name = UserId, Label = "User id", InputType = InputType.Text, Placeholder = "alice" }],
        };
#pragma warning restore ASPIREINTERACTION001
        return gateway.WithCommand(
            "add-member",
            "Add a member",
            async context =>
            {
                var named = context.Arguments.FirstOrDefault(argument => argument.Name == UserId)?.Value;
                var userId = string.IsNullOrWhiteSpace(named) ? $"member-{Guid.CreateVersion7():N}" : named;
                var key = await tokenKey.Resource.GetValueAsync(context.CancellationToken) ?? "";
                using var group = new DemoGroup(new Uri(gateway.GetEndpoint("http").Url), key);
                await group.EnsureAsync(context.CancellationToken);
                await group.AddAsync(userId, context.CancellationToken);
                return CommandResults.Success($"{userId} is a member of {DemoGroup.Id}.");
            },
            options);
    }

    /// <summary>Drains the gateway: it stops admitting, tells its clients, closes them, and ends.</summary>
    public static IResourceBuilder<ProjectResource> WithDrainCommand(
        this IResourceBuilder<ProjectResource> gateway, IResourceBuilder<ParameterResource> internalKey) =>
        gateway.WithHttpCommand("/admin/drain", "Drain", commandName: "drain", commandOptions: new HttpCommandOptions
        {
            Method = HttpMethod.Post,
            IconName = "ArrowExit",
            Description = "Tells every client to go elsewhere, then closes its connection.",
            PrepareRequest = async request => request.Request.Headers.Authorization = new AuthenticationHeaderValue(
                "Bearer", Tokens.ForService(await internalKey.Resource.GetValueAsync(request.CancellationToken) ?? "")),
        });

    /// <summary>Kills the gateway's process: what a crash looks like. Start it again with the dashboard's own command.</summary>
    public static IResourceBuilder<ProjectResource> WithKillCommand(this IResourceBuilder<ProjectResource> gateway) =>
        gateway.WithCommand(
            "kill",
            "Kill",
            context =>
            {
                var notifications = context.Services.GetRequiredService<ResourceNotificationService>();
                if (!notifications.TryGetCurrentState(context.ResourceName, out var state)
                    || state.Snapshot.Properties.FirstOrDefault(property => property.Name == ProcessId)?.Value is not { } id)
                {
                    return Task.FromResult(CommandResults.Failure("The gateway does not run."));
                }

                using var process = Process.GetProcessById(Convert.ToInt32(id, CultureInfo.InvariantCulture));
                // With its children: what Aspire started is `dotnet run`, the gateway is below it.
                process.Kill(entireProcessTree: true);
                return Task.FromResult(CommandResults.Success($"Process {id} was killed."));
            },
            new CommandOptions { IconName = "Skull", Description = "SIGKILL, as a crash would. Nothing is lost: clients resume elsewhere." });
}
