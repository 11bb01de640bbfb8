using System.Globalization;
using ConnectChat.AppHost.Demo;
using ConnectChat.AppHost.Platform;
using ConnectChat.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.AppHost.Commands;

/// <summary>Messages and members of the demo group, from the dashboard.</summary>
internal static class DemoCommands
{
    private const int MostMessages = 1_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Registers what the commands of all gateways share.</summary>
    public static void AddDemo(
        this IDistributedApplicationBuilder builder,
        IReadOnlyList<IResourceBuilder<ProjectResource>> gateways,
        Bus kafka,
        IResourceBuilder<ParameterResource> tokenKey)
    {
        // By a factory, so that the container disposes of it.
        builder.Services.AddSingleton(_ => new DemoTraffic(gateways, kafka, tokenKey));
    }

    /// <summary>Send a message, send a burst, add a member, remove a member.</summary>
    public static IResourceBuilder<ProjectResource> WithDemoCommands(this IResourceBuilder<ProjectResource> gateway)
    {
        var name = gateway.Resource.Name;
        gateway.WithDemoCommand(
            "send-demo-message",
            "Send a demo message",
            new CommandOptions
            {
                IconName = "Send",
                IsHighlighted = true,
                Description = "One message through the whole system: one record, one trace.",
                UpdateState = ProcessCommands.WhileRunning,
            },
            async (context, deadline) => Show(await Demo(context).SendAsync(name, 1, deadline), context));
        gateway.WithDemoCommand(
            "send-burst",
            "Send a burst",
            Arguments.With(
                new CommandOptions { IconName = "SendCopy", Description = "Many messages at once, counted at the receivers and on the topic." },
                Arguments.Count,
                "Messages",
                "100"),
            async (context, deadline) =>
                int.TryParse(context.Argument(Arguments.Count) ?? "100", NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                    && count is >= 1 and <= MostMessages
                ? Show(await Demo(context).SendAsync(name, count, deadline), context)
                : CommandResults.Failure($"A burst has 1 to {MostMessages} messages."));
        gateway.WithDemoCommand(
            "add-member",
            "Add a member",
            Arguments.With(
                new CommandOptions { IconName = "PersonAdd", Description = "Adds a member to the demo group." }, Arguments.UserId, "User id", "anna"),
            (context, deadline) => ChangeAsync(context, name, (group, user) => group.AddAsync([user], deadline), "is a member of", deadline));
        gateway.WithDemoCommand(
            "remove-member",
            "Remove a member",
            Arguments.With(
                new CommandOptions { IconName = "PersonDelete", Description = "Removes a member from the demo group." }, Arguments.UserId, "User id", "anna"),
            (context, deadline) => ChangeAsync(context, name, (group, user) => group.RemoveAsync(user, deadline), "is no member of", deadline));
        return gateway;
    }

    private static DemoTraffic Demo(ExecuteCommandContext context) => context.Services.GetRequiredService<DemoTraffic>();

    private static void WithDemoCommand(
        this IResourceBuilder<ProjectResource> gateway, string command, string displayName, CommandOptions options,
        Func<ExecuteCommandContext, CancellationToken, Task<ExecuteCommandResult>> execute) =>
        gateway.WithCommand(
            command,
            displayName,
            async context =>
            {
                using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
                deadline.CancelAfter(Deadline);
                try
                {
                    return await execute(context, deadline.Token);
                }
                catch (Exception failure) when (!context.CancellationToken.IsCancellationRequested)
                {
                    var reason = failure is OperationCanceledException ? $"nothing came back within {Deadline.TotalSeconds:0} s" : failure.Message;
                    return CommandResults.Failure($"{displayName}: {reason}. {await Diagnosis.OfAsync(context.Services, context.CancellationToken)}");
                }
            },
            options);

    private static async Task<ExecuteCommandResult> ChangeAsync(
        ExecuteCommandContext context, string gateway, Func<DemoGroup, string, Task> change, string outcome, CancellationToken deadline)
    {
        var userId = context.Argument(Arguments.UserId) ?? "anna";
        if (!Identifier.IsValid(userId))
        {
            return CommandResults.Failure($"'{userId}' is no user id: 1 to {Limits.IdentifierLength} letters, digits and . _ : @ -, a letter or digit first.");
        }

        using var group = await Demo(context).GroupAsync(gateway, deadline);
        await group.EnsureAsync(deadline);
        await change(group, userId);
        return CommandResults.Success($"{userId} {outcome} {DemoGroup.Id}.");
    }

    private static ExecuteCommandResult Show(DemoOutcome outcome, ExecuteCommandContext context)
    {
        var dashboard = context.Services.GetRequiredService<IConfiguration>()["ASPNETCORE_URLS"]?.Split(';')[0];
        var data = new CommandResultData { Value = DemoReport.Markdown(outcome, dashboard), Format = CommandResultFormat.Markdown, DisplayImmediately = true };
        return outcome.Records == outcome.Messages.Count
            ? CommandResults.Success(DemoReport.Line(outcome), data)
            : CommandResults.Failure($"Not one record per message! {DemoReport.Line(outcome)}", data);
    }
}
