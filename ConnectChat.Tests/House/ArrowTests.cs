using System.Reflection;
using ConnectChat.Checker;
using ConnectChat.Client;
using ConnectChat.Gateway;
using ConnectChat.Groups;
using ConnectChat.Messaging;
using NetArchTest.Rules;

namespace ConnectChat.Tests.House;

/// <summary>
/// Folders of a service, of the client and of the checker depend on each other in one direction: these arrows, and no others (CONTRIBUTING.md
/// draws them).
/// </summary>
public sealed class ArrowTests
{
    private static readonly Dictionary<string, string[]> Messaging = new()
    {
        ["Telemetry"] = [],
        ["Events"] = [],
        ["History"] = ["Telemetry"],
        ["Recipients"] = ["Telemetry"],
        ["Consuming"] = ["History", "Telemetry"],
        ["Publishing"] = ["Consuming", "Recipients", "Telemetry"],
        ["Sequencing"] = ["Consuming", "Events", "History", "Publishing", "Recipients", "Telemetry"],
    };

    private static readonly Dictionary<string, string[]> Gateway = new()
    {
        ["Errors"] = [],
        ["RateLimits"] = ["Errors"],
        ["Backpressure"] = [],
        ["Telemetry"] = ["Errors"],
        ["Authentication"] = ["Errors"],
        ["SendQueues"] = ["Telemetry"],
        ["Connections"] = ["Authentication", "Errors", "RateLimits", "SendQueues", "Telemetry"],
        ["Deliveries"] = ["Backpressure", "Connections", "RateLimits", "SendQueues", "Telemetry"],
        ["Draining"] = ["Authentication", "Connections", "SendQueues"],
        ["History"] = ["Authentication", "Connections", "Deliveries", "Errors", "RateLimits", "SendQueues", "Telemetry"],
        ["Sending"] = ["Authentication", "Backpressure", "Connections", "Deliveries", "Errors", "RateLimits", "Telemetry"],
        ["Groups"] = ["Authentication", "Errors", "History", "RateLimits"],
        ["Landing"] = ["Authentication"],
        ["Hub"] = ["Authentication", "Connections", "Deliveries", "Draining", "Errors", "History", "Sending", "Telemetry"],
    };

    private static readonly Dictionary<string, string[]> Groups = new()
    {
        ["Telemetry"] = [],
        ["Storage"] = [],
        ["Users"] = ["Storage"],
        ["Consent"] = ["Storage"],
        ["Membership"] = ["Storage", "Telemetry", "Users"],
        ["Recipients"] = ["Membership", "Storage", "Users"],
    };

    private static readonly Dictionary<string, string[]> Client = new()
    {
        ["Retrying"] = [],
        ["Sending"] = [],
        ["Ordering"] = ["Retrying"],
        ["Connecting"] = ["Ordering", "Retrying", "Sending"],
    };

    private static readonly Dictionary<string, string[]> Checker = new()
    {
        ["Histories"] = [],
        ["Invariants"] = ["Histories"],
        ["Verdicts"] = ["Histories", "Invariants"],
        ["Load"] = ["Histories"],
        ["Faults"] = ["Histories", "Load"],
    };

    private static readonly Dictionary<string, (Assembly Assembly, Dictionary<string, string[]> Arrows)> Services = new()
    {
        ["ConnectChat.Messaging"] = (typeof(MessagingExtensions).Assembly, Messaging),
        ["ConnectChat.Gateway"] = (typeof(GatewayExtensions).Assembly, Gateway),
        ["ConnectChat.Groups"] = (typeof(GroupsExtensions).Assembly, Groups),
        ["ConnectChat.Client"] = (typeof(ChatClient).Assembly, Client),
        ["ConnectChat.Checker"] = (typeof(CheckRun).Assembly, Checker),
    };

    public static TheoryData<string, string> Folders =>
        [.. Services.SelectMany(service => service.Value.Arrows.Keys.Select(folder => (service.Key, folder)))];

    [Theory]
    [InlineData("ConnectChat.Messaging")]
    [InlineData("ConnectChat.Gateway")]
    [InlineData("ConnectChat.Groups")]
    [InlineData("ConnectChat.Client")]
    [InlineData("ConnectChat.Checker")]
    public void Every_folder_of_a_service_has_its_arrows_named_here(string service) => Assert.Equal(
        Services[service].Arrows.Keys.Order(StringComparer.Ordinal),
        Services[service].Assembly.GetTypes()
            .Select(type => type.Namespace)
            .OfType<string>()
            .Where(name => name.StartsWith($"{service}.", StringComparison.Ordinal))
            .Select(name => name[(service.Length + 1)..].Split('.')[0])
            .Distinct()
            .Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_of_a_service_depends_only_on_those_that_its_arrows_lead_to(string service, string folder)
    {
        var (assembly, arrows) = Services[service];
        var forbidden = arrows.Keys.Except([folder, .. arrows[folder]]).Select(other => $"{service}.{other}").ToArray();

        var result = Types.InAssembly(assembly)
            .That().ResideInNamespace($"{service}.{folder}")
            .ShouldNot().HaveDependencyOnAny(forbidden)
            .GetResult();

        Assert.True(result.IsSuccessful, $"{folder} must not know {string.Join(", ", forbidden)}: {string.Join(", ", result.FailingTypeNames ?? [])}");
    }

    [Fact]
    public void No_arrows_lead_in_a_circle() => Assert.All(Services.Values, service => Assert.All(service.Arrows.Keys, folder =>
        Assert.DoesNotContain(folder, Reachable(service.Arrows, folder))));

    private static HashSet<string> Reachable(Dictionary<string, string[]> arrows, string from)
    {
        var reached = new HashSet<string>();
        var next = new Queue<string>(arrows[from]);
        while (next.TryDequeue(out var folder))
        {
            if (reached.Add(folder))
            {
                Array.ForEach(arrows[folder], next.Enqueue);
            }
        }

        return reached;
    }
}
