using System.Net;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Tests.Infrastructure;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Tests.Gateway;

/// <summary>A service that takes a call and never answers it costs a client <c>Gateway:CallTimeout</c> and no more.</summary>
[UsesGivenKafka]
public sealed class SlowServiceTests(KafkaFixture kafka)
{
    private static readonly (string, string) Impatient = ("Gateway:CallTimeout", "00:00:00.3");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_user_whose_number_is_not_answered_is_told_that_a_dependency_is_unavailable()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, Impatient);
        gateway.State.BeforeResolve = () => Task.Delay(Timeout.Infinite, Token);
        using var http = gateway.Http(GatewayHost.Token("ann"));

        using var refused = await http.PostAsync($"{HubContract.Path}/negotiate?negotiateVersion=1", null, Token);

        await RefusalTests.AssertProblemAsync(refused, HttpStatusCode.ServiceUnavailable, ErrorCodes.Unavailable);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_page_of_history_that_is_not_answered_is_unavailable()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, Impatient);
        await using var ann = await gateway.ConnectAsync("ann");
        gateway.State.BeforeRead = _ => Task.Delay(Timeout.Infinite, Token);

        var refused = await Assert.ThrowsAsync<HubException>(() =>
            ann.CallAsync<HistoryPage>(HubContract.GetHistory, "g", new HistoryPosition { After = 0 }, 10));

        Assert.Contains($"HubException: {ErrorCodes.Unavailable}: ", refused.Message, StringComparison.Ordinal);
    }
}
