using System.Text.Json;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.Tests.Settings;

/// <summary>How the services run when nobody tells them: with F5, with <c>dotnet run</c>, beside <c>./dev run</c>.</summary>
public sealed class LaunchTests
{
    // ./dev run without --base-port, and as many gateways as it takes.
    private const int BasePort = 5300;
    private const int MostGateways = 10;

    public static TheoryData<string> Services => ["ConnectChat.Gateway", "ConnectChat.Groups", "ConnectChat.Messaging"];

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_has_one_launch_profile_for_Development_that_opens_no_browser(string service)
    {
        using var settings = Read(service, "Properties", "launchSettings.json");
        var profile = Assert.Single(settings.RootElement.GetProperty("profiles").EnumerateObject()).Value;

        Assert.Equal("Project", profile.GetProperty("commandName").GetString());
        Assert.False(profile.GetProperty("launchBrowser").GetBoolean());
        Assert.Equal("Development", profile.GetProperty("environmentVariables").GetProperty("ASPNETCORE_ENVIRONMENT").GetString());

        // The endpoints are those of appsettings.Development.json: addresses in two places would be two truths.
        Assert.False(profile.TryGetProperty("applicationUrl", out _));
    }

    [Fact]
    public void Nothing_listens_by_default_where_something_else_does()
    {
        var running = Ports.From(BasePort, MostGateways);
        List<int> ports =
        [
            .. running.Gateways, running.GroupsHttp, running.GroupsGrpc, running.MessagingHttp, running.MessagingGrpc, running.Kafka, running.DynamoDb,
            .. Services.Select(service => service.Data).SelectMany(PortsOf),
        ];

        Assert.Equal(ports.Count, ports.Distinct().Count());
    }

    private static List<int> PortsOf(string service)
    {
        using var settings = Read(service, "appsettings.Development.json");
        return [.. settings.RootElement.GetProperty("Kestrel").GetProperty("Endpoints").EnumerateObject()
            .Select(endpoint => new Uri(endpoint.Value.GetProperty("Url").GetString()!).Port)];
    }

    private static JsonDocument Read(params string[] path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ConnectChat.sln")))
        {
            folder = folder.Parent!;
        }

        return JsonDocument.Parse(File.ReadAllText(Path.Combine([folder.FullName, .. path])));
    }
}
