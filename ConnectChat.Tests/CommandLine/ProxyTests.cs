using System.Net;
using System.Text.Json;
using ConnectChat.Client;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.ServiceDefaults;
using ConnectChat.ServiceDefaults.DynamoDb;
using ConnectChat.ServiceDefaults.Networking;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace ConnectChat.Tests.CommandLine;

/// <summary>F3: with a proxy in the environment, what listens on this machine is reached without it.</summary>
[Collection(OneTopology.Name)]
public sealed class ProxyTests
{
    private static readonly string[] Variables = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 240_000)]
    public async Task F3_the_demo_keeps_its_promises_behind_a_proxy_that_is_dead()
    {
        var dead = $"http://127.0.0.1:{FreePort.Next()}";
        var environment = Variables.ToDictionary(variable => variable, _ => dead);
        environment["NO_PROXY"] = "somewhere.example";

        await using var demo = ToolProcess.Start(
            ["demo", "--gateways", "1", "--members", "5", "--connected", "3", "--messages", "5", "--no-trace", "--json"], environment);

        Assert.True(await demo.EndAsync(Token) == 0, $"{demo.Output}{demo.Errors}");
        var report = JsonElement.Parse(demo.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        Assert.Equal(15, report.GetProperty("deliveries").GetInt32());
    }

    [Fact(Timeout = 60_000)]
    public void F3_a_services_clients_reach_loopback_without_the_proxy_and_anything_else_through_it()
    {
        var proxy = new LoopbackIsDirect(new WebProxy("http://proxy.example:3128"));
        foreach (var loopback in new[] { "http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/", "ws://127.0.0.1:1/" })
        {
            Assert.True(proxy.IsBypassed(new Uri(loopback)));
            Assert.Null(proxy.GetProxy(new Uri(loopback)));
        }

        Assert.Equal(new Uri("http://proxy.example:3128/"), proxy.GetProxy(new Uri("http://elsewhere.example/")));

        WebApplication.CreateSlimBuilder().AddServiceDefaults();
        Assert.IsType<LoopbackIsDirect>(HttpClient.DefaultProxy);
        using var store = DynamoDbExtensions.Create(
            new ConfigurationBuilder().AddInMemoryCollection([new("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")]).Build());
        Assert.True(store.Config.GetWebProxy().IsBypassed(new Uri("http://127.0.0.1:1")));
    }

    [Fact(Timeout = 60_000)]
    public async Task F3_the_client_library_reaches_a_gateway_on_this_machine_without_the_proxy()
    {
        var history = new SharedHistory();
        history.Create("team");
        history.Append("team");
        await using var gateway = await FakeGateway.StartAsync(history);
        var before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new DeadProxyFor(gateway.Endpoint.Port, before);
        try
        {
            await using var client = new ChatClient(new ChatClientOptions { Endpoints = [gateway.Endpoint], TokenProvider = () => Task.FromResult("good") });
            await client.ConnectAsync(Token);

            // The group is found over REST, its message over the hub.
            await foreach (var message in client.ReadMessagesAsync(Token))
            {
                Assert.Equal(("team", 1), (message.GroupId, message.Sequence));
                break;
            }
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }
    }

    // For one address only: other tests run meanwhile.
    private sealed class DeadProxyFor(int port, IWebProxy others) : IWebProxy
    {
        private readonly Uri _dead = new($"http://127.0.0.1:{FreePort.Next()}");

        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination) => destination.Port == port ? _dead : others.GetProxy(destination);

        public bool IsBypassed(Uri host) => host.Port != port && others.IsBypassed(host);
    }
}
