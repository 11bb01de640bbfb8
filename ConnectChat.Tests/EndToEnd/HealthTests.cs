using System.Net;
using System.Text.Json;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>What the services say of each other, as processes.</summary>
[UsesGivenKafka]
[Collection(OneTopology.Name)]
public sealed class HealthTests(TopologyFixture fixture)
{
    private static readonly TimeSpan Bar = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("groups", true, "messaging", "gateway-1", "gateway-2")]
    [InlineData("groups", false, "messaging", "gateway-1", "gateway-2")]
    [InlineData("messaging", true, "gateway-1", "gateway-2")]
    [InlineData("messaging", false, "gateway-1", "gateway-2")]
    public async Task Those_who_need_a_service_that_was_killed_or_hangs_are_unhealthy_and_name_it_within_ten_seconds(
        string service, bool killed, params string[] needing)
    {
        await fixture.ReadyAsync(Token);
        var begun = TimeProvider.System.GetTimestamp();
        await using (await fixture.TakeAwayAsync(service, killed))
        {
            var noticed = await Task.WhenAll(needing.Select(async other =>
            {
                await UnhealthyAsync(other, service);
                return (other, TimeProvider.System.GetElapsedTime(begun));
            }));

            TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", noticed));
            Assert.All(noticed, one => Assert.True(one.Item2 < Bar, $"{one}"));
        }

        await fixture.ReadyAsync(Token);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_service_that_waits_for_one_that_hangs_is_not_itself_taken_for_hanging()
    {
        await fixture.ReadyAsync(Token);
        await using (await fixture.TakeAwayAsync("groups", killed: false))
        {
            await UnhealthyAsync("gateway-1", "groups", "does not answer within 2.5 s");
            await UnhealthyAsync("gateway-1", "messaging", "is up, but not serving");
        }

        await fixture.ReadyAsync(Token);
    }

    private async Task UnhealthyAsync(string service, string because, string problem = "")
    {
        using var http = new HttpClient();
        while (true)
        {
            using var answer = await http.GetAsync(fixture.Topology.Services[service].HealthUrl, Token);
            using var health = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Token));
            var dependency = health.RootElement.GetProperty("dependencies").GetProperty(because);
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable
                && health.RootElement.GetProperty("status").GetString() == "Unhealthy"
                && dependency.GetProperty("status").GetString() == "Unhealthy"
                && dependency.GetProperty("problem").GetString()!.Contains(problem, StringComparison.Ordinal))
            {
                return;
            }

            await Task.Delay(Pause, Token);
        }
    }
}
