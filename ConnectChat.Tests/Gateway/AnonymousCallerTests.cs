using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Gateway;

/// <summary>R16: what anybody may ask for, without a token and as often as they like, is answered from memory.</summary>
[UsesGivenKafka]
public sealed class AnonymousCallerTests(KafkaFixture kafka)
{
    [Fact(Timeout = 60_000)]
    public async Task R16_the_description_of_the_API_is_made_once()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        using var http = gateway.Http(null);
        var path = new Uri("/openapi/v1.json", UriKind.Relative);
        using var first = await http.GetAsync(path, TestContext.Current.CancellationToken);
        using var other = new HttpRequestMessage(HttpMethod.Get, "/openapi/v1.json?again") { Headers = { Host = "elsewhere.example" } };
        using var second = await http.SendAsync(other, TestContext.Current.CancellationToken);

        Assert.Null(first.EnsureSuccessStatusCode().Headers.Age);
        Assert.NotNull(second.EnsureSuccessStatusCode().Headers.Age);
        Assert.DoesNotContain("elsewhere", await second.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(
            await first.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), await second.Content.ReadAsStringAsync(
                TestContext.Current.CancellationToken));
    }
}
