using ConnectChat.Contracts.Hub;
using Microsoft.AspNetCore.SignalR.Client;

namespace ConnectChat.AppHost.Commands;

internal static class SendDemoMessageCommand
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>Sends one message to the demo group through this gateway and waits until it came back: one trace to look at.</summary>
    public static IResourceBuilder<ProjectResource> WithSendDemoMessageCommand(
        this IResourceBuilder<ProjectResource> gateway, IResourceBuilder<ParameterResource> tokenKey) =>
        gateway.WithCommand(
            "send-demo-message",
            "Send a demo message",
            async context =>
            {
                using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
                deadline.CancelAfter(Deadline);
                var address = new Uri(gateway.GetEndpoint("http").Url);
                var key = await tokenKey.Resource.GetValueAsync(deadline.Token) ?? "";
                var sequence = await SendAsync(address, key, deadline.Token);
                return CommandResults.Success($"Message {sequence} of group {DemoGroup.Id} was sent and came back; its trace is under Traces.");
            },
            new CommandOptions { IconName = "Send", IsHighlighted = true, Description = "One message through the whole system, one trace." });

    private static async Task<long> SendAsync(Uri gateway, string tokenKey, CancellationToken cancellationToken)
    {
        using var group = new DemoGroup(gateway, tokenKey);
        await group.EnsureAsync(cancellationToken);

        var token = Tokens.ForUser(DemoGroup.Owner, tokenKey);
        await using var connection = new HubConnectionBuilder()
            .WithUrl(new Uri(gateway, HubContract.Path), options => options.AccessTokenProvider = () => Task.FromResult<string?>(token))
            .Build();
        var id = $"demo-{Guid.CreateVersion7():N}";
        var received = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.On<ChatMessage>(HubContract.MessageReceived, message =>
        {
            if (message.ClientMessageId == id)
            {
                received.TrySetResult(message.Sequence);
            }
        });
        await connection.StartAsync(cancellationToken);
        await connection.InvokeAsync<SendReceipt>(HubContract.SendMessage, DemoGroup.Id, id, "Hello from the dashboard", cancellationToken);
        return await received.Task.WaitAsync(cancellationToken);
    }
}
