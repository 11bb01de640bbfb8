using System.Net.Http.Headers;
using ConnectChat.Contracts;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.AppHost.Commands;

/// <summary>What a developer or QA asks of a single gateway.</summary>
internal static class GatewayCommands
{
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromHours(12);

    /// <summary>Shows a token for a user, to be copied.</summary>
    public static IResourceBuilder<ProjectResource> WithTokenCommand(
        this IResourceBuilder<ProjectResource> gateway, IResourceBuilder<ParameterResource> tokenKey) =>
        gateway.WithCommand(
            "token",
            "Copy a token",
            async context =>
            {
                var userId = context.Argument(Arguments.UserId) ?? "anna";
                if (!Identifier.IsValid(userId))
                {
                    return CommandResults.Failure(
                        $"'{userId}' is no user id: 1 to {Limits.IdentifierLength} letters, digits and . _ : @ -, a letter or digit first.");
                }

                var key = await tokenKey.Resource.GetValueAsync(context.CancellationToken) ?? "";
                var token = new UserTokens(key).Mint(userId, TokenLifetime, TimeProvider.System);
                return CommandResults.Success(
                    $"A token for {userId}, valid for {TokenLifetime.TotalHours:0} hours.",
                    new CommandResultData { Value = token, Format = CommandResultFormat.Text, DisplayImmediately = true });
            },
            Arguments.With(
                new CommandOptions { IconName = "Key", Description = "A token for a user of your choice, for curl and for clients." },
                Arguments.UserId,
                "User id",
                "anna"));

    /// <summary>Drains the gateway: it stops admitting, tells its clients, closes them, and ends.</summary>
    public static IResourceBuilder<ProjectResource> WithDrainCommand(
        this IResourceBuilder<ProjectResource> gateway, IResourceBuilder<ParameterResource> internalKey) =>
        gateway.WithHttpCommand("/admin/drain", "Drain", endpointName: "operators", commandName: "drain", commandOptions: new HttpCommandOptions
        {
            Method = HttpMethod.Post,
            IconName = "ArrowExit",
            Description = "Tells every client to go elsewhere, closes its connection, and ends.",
            ConfirmationMessage = $"Drain {gateway.Resource.Name}? Its clients go to the other gateways, and it ends.",
            UpdateState = ProcessCommands.WhileRunning,
            PrepareRequest = async request => request.Request.Headers.Authorization = new AuthenticationHeaderValue(
                "Bearer", UserTokens.ForOperator(await internalKey.Resource.GetValueAsync(request.CancellationToken) ?? "", TimeProvider.System)),
            GetCommandResult = context => Task.FromResult(context.Response.IsSuccessStatusCode
                ? CommandResults.Success($"{gateway.Resource.Name} drains and ends. Start it again with Start.")
                : CommandResults.Failure($"{gateway.Resource.Name} answered {(int)context.Response.StatusCode}.")),
        });
}
