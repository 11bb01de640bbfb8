using ConnectChat.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ConnectChat.Tests.Gateway;

/// <summary>R13: numbers of a table that was replaced by a restored copy are forgotten with the process that remembers them.</summary>
[UsesGivenKafka]
public sealed class OtherTableTests(KafkaFixture kafka)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task R13_a_gateway_that_is_told_numbers_of_another_table_than_before_drains_and_ends()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        var ends = new TaskCompletionSource();
        gateway.App.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(ends.SetResult);
        await using var ann = await gateway.ConnectAsync("ann");
        await using var ben = await gateway.ConnectAsync("ben");
        Assert.False(ends.Task.IsCompleted);

        gateway.State.Table = "a restored copy";
        await Assert.ThrowsAnyAsync<Exception>(() => gateway.ConnectAsync("cid"));

        await ends.Task.WaitAsync(Eventually.Deadline, Token);
    }
}
