using System.Globalization;
using ConnectChat.Gateway;
using ConnectChat.Gateway.Connections;
using ConnectChat.Gateway.Deliveries;
using ConnectChat.Gateway.History;
using ConnectChat.Gateway.RateLimits;
using ConnectChat.Gateway.SendQueues;
using ConnectChat.Groups;

namespace ConnectChat.Tests.House;

/// <summary>docs/limits.md names every bound that can be set, with the default that the options class has.</summary>
public sealed class LimitsPageTests
{
    private static readonly object[] Options =
    [
        new GatewayOptions(),
        new ConnectionOptions(),
        new DeliveryOptions(),
        new ReplayOptions(),
        new RateLimitOptions(),
        new SendQueueOptions(),
        new GroupsOptions(),
    ];

    // Settings that bound nobody: sizes of caches whose content is looked up again, switches, and paces of the service's own work.
    private static readonly string[] NoLimits =
    [
        nameof(GatewayOptions.Id),
        nameof(GatewayOptions.AllowedOrigins),
        nameof(DeliveryOptions.RememberedGroups),
        nameof(DeliveryOptions.NewPartitionsEvery),
        nameof(SendQueueOptions.DirectWrites),
        nameof(GroupsOptions.UserNumberBlock),
        nameof(GroupsOptions.RestoredTable),
        nameof(GroupsOptions.CachedSetsMiB),
        nameof(GroupsOptions.CachedUsers),
    ];

    [Fact]
    public void The_page_of_limits_names_every_setting_that_bounds_something_with_its_default() => Assert.Equal(
        Options
            .SelectMany(options => options.GetType().GetProperties().Where(property => !NoLimits.Contains(property.Name)).Select(property =>
                ($"{Section(options)}:{property.Name}", Convert.ToString(property.GetValue(options), CultureInfo.InvariantCulture))))
            .OrderBy(setting => setting.Item1, StringComparer.Ordinal),
        MarkdownTable.Below("docs/limits.md", "What an operator sets")
            .Select(row => (MarkdownTable.Names(row[0]).Single(), (string?)row[1]))
            .OrderBy(setting => setting.Item1, StringComparer.Ordinal));

    private static string Section(object options) => options is GroupsOptions ? GroupsOptions.Section : GatewayOptions.Section;
}
