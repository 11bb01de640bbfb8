using System.Text.RegularExpressions;
using ConnectChat.LocalCluster.Topologies;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>What a running topology leaves in its data directory for people and scripts.</summary>
[UsesGivenKafka]
[Collection(OneTopology.Name)]
public sealed partial class RunStateTests(TopologyFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task C9_the_state_of_a_run_names_the_processes_that_run_after_any_restart()
    {
        await fixture.ReadyAsync(Token);
        var before = ProcessIds();
        Assert.Equal(Running(), before);

        await fixture.KillAsync("gateway-1");
        await Eventually.TrueAsync(() => ProcessIds()["gateway-1"] == fixture.Topology.Services["gateway-1"].ProcessId);
        Assert.NotEqual(before["gateway-1"], ProcessIds()["gateway-1"]);

        await using (await fixture.TakeAwayAsync("gateway-2", killed: true))
        {
            // It is started again when this ends, by hand and not by its supervisor.
        }

        Assert.NotEqual(before["gateway-2"], ProcessIds()["gateway-2"]);
        Assert.Equal(Running(), ProcessIds());
        await fixture.ReadyAsync(Token);
    }

    [Fact(Timeout = 120_000)]
    public async Task C8_every_line_of_a_services_log_has_the_time_in_UTC_and_a_level()
    {
        await fixture.ReadyAsync(Token);

        foreach (var service in fixture.Topology.Services.Values.Where(service => service.Name is not "dynamodb"))
        {
            var lines = await File.ReadAllLinesAsync(service.LogFile, Token);
            Assert.NotEmpty(lines);

            // librdkafka writes to standard error by itself where Aspire's package makes the client; its lines have a time of their own.
            Assert.All(lines.Where(line => !line.StartsWith('%')), line => Assert.Matches(LogLine(), line));
        }
    }

    private Dictionary<string, int> ProcessIds() => RunState.Of(fixture.Data).Services.ToDictionary(service => service.Name, service => service.ProcessId);

    private Dictionary<string, int> Running() => fixture.Topology.Services.ToDictionary(service => service.Key, service => service.Value.ProcessId);

    [GeneratedRegex(@"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (trce|dbug|info|warn|fail|crit): \S+\[\d+\] .")]
    private static partial Regex LogLine();
}
