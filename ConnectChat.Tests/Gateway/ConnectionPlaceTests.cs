using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Tests.Infrastructure;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.Extensions.DependencyInjection;
using SignalROptions = Microsoft.AspNetCore.Http.Connections.ConnectionOptions;

namespace ConnectChat.Tests.Gateway;

/// <summary>R11: the bounds of connections hold for every transport, and one user does not hold the whole gateway.</summary>
[UsesGivenKafka]
public sealed class ConnectionPlaceTests(KafkaFixture kafka)
{
    private const string Negotiate = $"{HubContract.Path}/negotiate?negotiateVersion=1";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task R11_a_connection_that_is_negotiated_and_not_opened_counts()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, ("Gateway:MaximumConnections", "3"));
        using var ann = gateway.Http(GatewayHost.Token("ann"));
        for (var i = 0; i < 3; i++)
        {
            using var admitted = await ann.PostAsync(Negotiate, null, Token);
            Assert.Equal(HttpStatusCode.OK, admitted.StatusCode);
        }

        using var ben = gateway.Http(GatewayHost.Token("ben"));
        await RefusalTests.AssertProblemAsync(await ben.PostAsync(Negotiate, null, Token), HttpStatusCode.ServiceUnavailable, ErrorCodes.Overloaded);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task R11_one_user_has_so_many_connections_and_no_more_until_one_ends(HttpTransportType transport)
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, ("Gateway:ConnectionsPerUser", "2"));
        await using var first = await gateway.ConnectAsync("ann", transport: transport);
        var second = await gateway.ConnectAsync("ann", transport: transport);

        using var ann = gateway.Http(GatewayHost.Token("ann"));
        using var refused = await ann.PostAsync(Negotiate, null, Token);
        await RefusalTests.AssertProblemAsync(refused, HttpStatusCode.TooManyRequests, ErrorCodes.TooManyConnections);
        Assert.NotNull(refused.Headers.RetryAfter);
        await Assert.ThrowsAnyAsync<Exception>(() => gateway.ConnectAsync("ann", transport: transport));
        await using var ben = await gateway.ConnectAsync("ben", transport: transport);

        await second.DisposeAsync();
        await Eventually.TrueAsync(() => gateway.Connections.Of(gateway.State.Number("ann")).Length == 1);
        await using var third = await gateway.ConnectAsync("ann", transport: transport);
    }

    [Fact(Timeout = 60_000)]
    public async Task R11_a_place_that_was_negotiated_and_not_used_is_free_again_once_SignalR_has_forgotten_it()
    {
        await using var gateway = await GatewayHost.LaunchAsync(
            kafka,
            services => services.Configure<SignalROptions>(signalR => signalR.DisconnectTimeout = TimeSpan.FromMilliseconds(1)),
            ("Gateway:ConnectionsPerUser", "1"));
        await gateway.PositionedAsync();
        using var ann = gateway.Http(GatewayHost.Token("ann"));
        using (var first = await ann.PostAsync(Negotiate, null, Token))
        {
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        }

        using (var early = await ann.PostAsync(Negotiate, null, Token))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, early.StatusCode);
        }

        var free = false;
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        while (!free)
        {
            await Task.Delay(100, deadline.Token);
            using var again = await ann.PostAsync(Negotiate, null, deadline.Token);
            free = again.StatusCode == HttpStatusCode.OK;
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task R11_a_connection_whose_place_was_taken_meanwhile_is_refused_at_its_registration_without_a_failure_in_the_log()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, ("Gateway:ConnectionsPerUser", "2"));
        var logs = CollectedLogs.Of(gateway.App.Services);
        using var ann = gateway.Http(GatewayHost.Token("ann"));
        var ids = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            using var answer = await ann.PostAsync(Negotiate, null, Token);
            ids.Add((await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("connectionToken").GetString()!);
        }

        // The same id in two places: as many connections as one likes could be made of one place.
        var places = gateway.App.Services.GetRequiredService<ConnectChat.Gateway.Connections.ConnectionPlaces>();
        using var taken = places.TakeNegotiated("ann").Value;
        using var alsoTaken = places.TakeNegotiated("ann").Value;
        var path = $"{HubContract.Path}?id={ids[0]}";
        using var begin = await ann.GetAsync(path, Token);
        using var handshake = await ann.PostAsync(path, new StringContent($$"""{"protocol":"json","version":1}{{RawClient.End}}"""), Token);
        var told = "";
        while (!told.Contains("allowReconnect", StringComparison.Ordinal))
        {
            using var poll = await ann.GetAsync(path, Token);
            Assert.Equal(HttpStatusCode.OK, poll.StatusCode);
            told += await poll.Content.ReadAsStringAsync(Token);
        }

        Assert.Equal(0, gateway.Connections.Count);
        Assert.Empty(logs.Failures());
    }
}
