using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.LocalCluster.Embedded;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Tests.Gateway;

/// <summary>F7: a topic that takes smaller records than the protocol allows bodies.</summary>
public sealed class SizeRefusalTests
{
    [Fact(Timeout = 60_000)]
    public async Task F7_a_message_that_the_bus_is_too_small_for_is_refused_for_good_and_the_next_one_is_taken()
    {
        await using var bus = EmbeddedKafka.Start();
        await using var gateway = await GatewayHost.LaunchAsync(bus.BootstrapServers, null);
        await gateway.PositionedAsync();
        await using var ann = await gateway.ConnectAsync("ann");
        bus.RefuseProduces(ErrorCode.MsgSizeTooLarge);

        var refusal = await Assert.ThrowsAsync<HubException>(() => ann.CallAsync<SendReceipt>(HubContract.SendMessage, "g", "large", "x"));
        Assert.Contains($"HubException: {ErrorCodes.BodyTooLarge}: ", refusal.Message, StringComparison.Ordinal);

        await ann.CallAsync<SendReceipt>(HubContract.SendMessage, "g", "small", "x");
    }
}
