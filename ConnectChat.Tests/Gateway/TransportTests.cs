using System.Net;
using System.Security.Cryptography.X509Certificates;
using ConnectChat.Gateway.SendQueues;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Gateway;

/// <summary>Frames go straight to a socket only where the socket carries one WebSocket and nothing else.</summary>
[UsesGivenKafka]
public sealed class TransportTests(KafkaFixture kafka)
{
    [Fact(Timeout = 60_000)]
    public async Task A_plain_WebSocket_is_written_to_directly()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        await AssertDeliversAsync<DirectSendQueue>(gateway, HttpVersion.Version11);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_WebSocket_that_shares_its_HTTP_2_connection_with_others_is_not()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, ("Kestrel:EndpointDefaults:Protocols", "Http2"));
        await AssertDeliversAsync<HubSendQueue>(gateway, HttpVersion.Version20);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_WebSocket_that_this_process_encrypts_is_not()
    {
        using var certificate = SelfSigned.Certificate();
        var file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, certificate.Export(X509ContentType.Pfx), TestContext.Current.CancellationToken);
        await using var gateway = await GatewayHost.StartAsync(
            kafka, ("Kestrel:Endpoints:tls:Url", "https://127.0.0.1:0"), ("Kestrel:Endpoints:tls:Certificate:Path", file));
        File.Delete(file);

        Assert.StartsWith("https://", gateway.Address, StringComparison.Ordinal);
        await AssertDeliversAsync<HubSendQueue>(gateway, HttpVersion.Version11, certificate);
    }

    private static async Task AssertDeliversAsync<TSendQueue>(GatewayHost gateway, Version version, X509Certificate2? trusted = null)
    {
        var group = $"g-{Guid.NewGuid():N}";
        gateway.State.Join(group, "ann");
        using var ann = await RawClient.ConnectAsync(gateway, "ann", version: version, trusted: trusted);
        await Eventually.TrueAsync(() => gateway.Connections.Count == 1);
        Assert.IsType<TSendQueue>(Assert.Single(gateway.Connections.All()).SendQueue);

        await gateway.SayAsync(group, "however it travels");

        Assert.Contains("however it travels", await ann.ReceiveAsync(), StringComparison.Ordinal);
    }
}
