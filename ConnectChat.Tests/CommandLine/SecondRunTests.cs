using System.Net;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.Tests.CommandLine;

/// <summary>F1: <c>run</c> a second time, on the same data, on the same ports, or both.</summary>
[Collection(OneTopology.Name)]
public sealed class SecondRunTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("connectchat-first-").FullName;
    private readonly string _otherData = Directory.CreateTempSubdirectory("connectchat-second-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Directory.Delete(_data, recursive: true);
        Directory.Delete(_otherData, recursive: true);
    }

    [Fact(Timeout = 240_000)]
    public async Task F1_a_second_run_is_refused_by_name_and_leaves_the_first_as_it_is()
    {
        var basePort = BasePorts.Free();
        await using var first = ToolProcess.Start(Run(_data, basePort));
        await first.ReadyAsync(Token);
        var state = await File.ReadAllTextAsync(RunState.FileIn(_data), Token);

        // Once the same; once on the same data but on other ports; once on other data but on the same ports.
        var same = await ToolProcess.RunAsync(Run(_data, basePort), Token);
        var sameData = await ToolProcess.RunAsync(Run(_data, 0), Token);
        var samePorts = await ToolProcess.RunAsync(Run(_otherData, basePort), Token);

        AssertRefused(same, $"already running (pid {first.Id})");
        AssertRefused(sameData, $"already running (pid {first.Id})");
        AssertRefused(samePorts, $"port {basePort} is in use by");
        AssertRefused(samePorts, $"port {basePort + 30} is in use by");
        if (OperatingSystem.IsLinux())
        {
            // The broker is in the first run's own process, a gateway is one of its children.
            AssertRefused(samePorts, $"(pid {first.Id})");
            AssertRefused(samePorts, $"(pid {RunState.Of(_data).Services.Single(service => service.Name == "gateway-1").ProcessId})");
        }

        Assert.Equal(state, await File.ReadAllTextAsync(RunState.FileIn(_data), Token));
        Assert.False(File.Exists(RunState.FileIn(_otherData)));
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri($"http://127.0.0.1:{basePort}/health"), Token)).StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task F1_two_embedded_brokers_never_share_a_port_and_a_restarted_one_has_it_at_once()
    {
        var port = FreePort.Next();
        await using (EmbeddedKafka.Start(port))
        {
            Assert.Contains($"port {port} is in use by", Assert.ThrowsAny<Exception>(() => EmbeddedKafka.Start(port)).Message, StringComparison.Ordinal);
        }

        await using var again = EmbeddedKafka.Start(port);
    }

    private static string[] Run(string data, int basePort) => ["run", "--no-dashboard", "--data", data, "--base-port", $"{basePort}"];

    private static void AssertRefused((int ExitCode, string Output, string Errors) run, string why)
    {
        Assert.Contains(why, run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
        Assert.Equal(1, run.ExitCode);
    }
}
