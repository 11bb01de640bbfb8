using System.Diagnostics;
using ConnectChat.LocalCluster;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.LocalCluster.Topologies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace ConnectChat.Tests.CommandLine;

/// <summary>F12: a web server that answers 200 where a service should be, as any program on a developer's machine may.</summary>
[Collection(OneTopology.Name)]
public sealed class ForeignServerTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("connectchat-foreign-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact(Timeout = 60_000)]
    public async Task F12_a_topology_does_not_start_on_a_port_where_another_web_server_answers()
    {
        var ports = BasePorts.Free();
        await using var stranger = await AnswerAsync(ports + 1);

        var refused =
            await Assert.ThrowsAsync<CommandException>(() => Topology.StartAsync(new TopologyOptions { DataDirectory = _data, BasePort = ports }, Token));

        Assert.Contains($"port {ports + 1} is in use by", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task F12_the_answer_of_another_program_does_not_make_a_started_process_healthy()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells which process listens on a port.");
        var port = FreePort.Next();
        await using var stranger = await AnswerAsync(port);

        Assert.Contains($"port {port} is in use by", await ProblemOfAsync("sleep", "60", port), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task F12_a_process_that_ends_again_and_again_is_not_healthy_whoever_answers()
    {
        var port = FreePort.Next();
        await using var stranger = await AnswerAsync(port);

        Assert.Contains("it does not stay up", await ProblemOfAsync("sleep", "0", port), StringComparison.Ordinal);
    }

    private async Task<string> ProblemOfAsync(string program, string argument, int port)
    {
        using var watchdog = new Watchdog();
        await using var service = new ServiceProcess(
            "service",
            $"http://127.0.0.1:{port}/health",
            Path.Combine(_data, "service.log"),
            () => new ProcessStartInfo(program, [argument]),
            watchdog,
            _ => { },
            TimeProvider.System);
        using var readiness = new Readiness(TimeSpan.FromSeconds(2));
        return (await Assert.ThrowsAsync<TimeoutException>(() => readiness.WaitAsync(service, Token))).Message;
    }

    private static async Task<WebApplication> AnswerAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var server = builder.Build();
        server.MapGet("/{**path}", () => "all is well");
        await server.StartAsync(Token);
        return server;
    }
}
