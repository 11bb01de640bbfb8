using System.Net;
using System.Net.Sockets;
using System.Text;
using ConnectChat.Contracts.Groups;
using ConnectChat.Tests.Infrastructure;
using Grpc.Core;

namespace ConnectChat.Tests.Groups;

/// <summary>C8: a caller that gives up is no failure of the service.</summary>
public sealed class QuietLogTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task C8_a_caller_that_gives_up_waiting_is_no_failure()
    {
        var actor = $"ann-{Guid.NewGuid():N}";
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = NeverAnswerAsync(listener, actor, asked, over.Token);
        await using var groups = await GroupsHost.StartAsync(
            $"http://{listener.LocalEndpoint}", "quiet-", [new("Logging:LogLevel:ConnectChat", "Debug")], waitForTable: false);
        var logs = CollectedLogs.Of(groups.Services);
        using var gone = new CancellationTokenSource();

        var call = groups.Client.GetGroupAsync(new GetGroupRequest { ActorId = actor, GroupId = "team" }, cancellationToken: gone.Token);
        await asked.Task.WaitAsync(Eventually.Deadline, Token);
        await gone.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode);

        await Eventually.TrueAsync(() => logs.Entries.Any(entry => entry.Text.Contains("has gone before the answer", StringComparison.Ordinal)));
        Assert.DoesNotContain(
            logs.Failures(),
            entry => entry.Category.StartsWith("Grpc", StringComparison.Ordinal) || entry.Category.Contains("Interceptor", StringComparison.Ordinal));
        await over.CancelAsync();
        await store;
    }

    // A store that takes every request, answers none, and says when it was asked about the actor.
    private static async Task NeverAnswerAsync(TcpListener listener, string actor, TaskCompletionSource asked, CancellationToken over)
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ReadAsync(await listener.AcceptTcpClientAsync(over)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }

        async Task ReadAsync(TcpClient client)
        {
            using var connection = client;
            var (text, buffer) = (new StringBuilder(), new byte[4096]);
            try
            {
                while (await connection.GetStream().ReadAsync(buffer, over) is var read and > 0)
                {
                    text.Append(Encoding.UTF8.GetString(buffer, 0, read));
                    if (text.ToString().Contains(actor, StringComparison.Ordinal))
                    {
                        asked.TrySetResult();
                    }
                }
            }
            catch (Exception ended) when (ended is IOException or OperationCanceledException)
            {
                // The caller has hung up, or the test is over.
            }
        }
    }
}
