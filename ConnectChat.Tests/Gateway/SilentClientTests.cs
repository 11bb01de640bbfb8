using System.Net.Http.Headers;
using System.Text.Json;
using ConnectChat.Contracts.Hub;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Gateway;

/// <summary>M2: clients over server-sent events and long polling that stop reading, where frames go through SignalR's own pipeline.</summary>
[UsesGivenKafka]
public sealed class SilentClientTests(KafkaFixture kafka)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("ServerSentEvents")]
    [InlineData("LongPolling")]
    public async Task M2_a_client_that_stops_reading_is_cut_off_at_the_bound_of_its_queue(string transport)
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        using var cutOffs = TestTelemetry.Count(gateway.App.Services, "connectchat.outbox.cut_offs");
        var group = $"g-{Guid.NewGuid():N}";
        gateway.State.Join(group, "silent", "ann");
        using var http = gateway.Http(GatewayHost.Token("silent"));
        using var open = await ConnectAsync(http, transport);
        await Eventually.TrueAsync(() => gateway.Connections.Count == 1);
        await using var ann = await gateway.ConnectAsync("ann");
        var body = new string('x', 60_000);

        for (var sent = 1; gateway.Connections.Count > 1; sent++)
        {
            Assert.True(sent < 1_000, "the kernel's buffers and the bound are far below 60 MB");
            await gateway.SayAsync(group, body);
            Assert.Equal(sent, (await ann.NextAsync()).Sequence);
        }

        // By its bound, and not by a timeout of SignalR's.
        Assert.Equal(1, cutOffs.Sum);
    }

    // Negotiates, opens the transport and says the handshake; what comes back is not read.
    private static async Task<IDisposable> ConnectAsync(HttpClient http, string transport)
    {
        using var negotiated = await http.PostAsync($"{HubContract.Path}/negotiate?negotiateVersion=1", null, Token);
        var token = JsonElement.Parse(await negotiated.Content.ReadAsStringAsync(Token)).GetProperty("connectionToken").GetString();
        var connection = $"{HubContract.Path}?id={Uri.EscapeDataString(token!)}";
        using var request = new HttpRequestMessage(HttpMethod.Get, connection);
        if (transport == "ServerSentEvents")
        {
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        }

        var open = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        open.EnsureSuccessStatusCode();
        using var said = await http.PostAsync(connection, new StringContent($$"""{"protocol":"json","version":1}{{RawClient.End}}"""), Token);
        said.EnsureSuccessStatusCode();
        return open;
    }
}
