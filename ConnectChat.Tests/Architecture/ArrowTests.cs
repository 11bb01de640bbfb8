using ConnectChat.Messaging;
using NetArchTest.Rules;

namespace ConnectChat.Tests.Architecture;

/// <summary>Folders of a service depend on each other in one direction: these arrows, and no others (CONTRIBUTING.md draws them).</summary>
public sealed class ArrowTests
{
    private const string Messaging = "ConnectChat.Messaging";

    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Telemetry"] = [],
        ["Events"] = [],
        ["History"] = ["Telemetry"],
        ["Recipients"] = ["Telemetry"],
        ["Consuming"] = ["History", "Telemetry"],
        ["Publishing"] = ["Consuming", "Recipients", "Telemetry"],
        ["Sequencing"] = ["Consuming", "Events", "History", "Publishing", "Recipients", "Telemetry"],
    };

    [Fact]
    public void Every_folder_of_Messaging_has_its_arrows_named_here() => Assert.Equal(
        Arrows.Keys.Order(StringComparer.Ordinal),
        typeof(MessagingExtensions).Assembly.GetTypes()
            .Select(type => type.Namespace)
            .OfType<string>()
            .Where(name => name.StartsWith($"{Messaging}.", StringComparison.Ordinal))
            .Select(name => name[(Messaging.Length + 1)..].Split('.')[0])
            .Distinct()
            .Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("Telemetry")]
    [InlineData("Events")]
    [InlineData("History")]
    [InlineData("Recipients")]
    [InlineData("Consuming")]
    [InlineData("Publishing")]
    [InlineData("Sequencing")]
    public void A_folder_of_Messaging_depends_only_on_those_that_its_arrows_lead_to(string folder)
    {
        var forbidden = Arrows.Keys.Except([folder, .. Arrows[folder]]).Select(other => $"{Messaging}.{other}").ToArray();

        var result = Types.InAssembly(typeof(MessagingExtensions).Assembly)
            .That().ResideInNamespace($"{Messaging}.{folder}")
            .ShouldNot().HaveDependencyOnAny(forbidden)
            .GetResult();

        Assert.True(result.IsSuccessful, $"{folder} must not know {string.Join(", ", forbidden)}: {string.Join(", ", result.FailingTypeNames ?? [])}");
    }
}
