using System.Diagnostics;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.Tests.Settings;

public sealed class WrongSettingsTests
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData("ConnectChat.Gateway", "Gateway__MaximumConnections", "Gateway__SendBurst", "-1")]
    [InlineData("ConnectChat.Messaging", "Messaging__Concurrency", "DynamoDb__TablePrefix", "no prefix")]
    [InlineData("ConnectChat.Groups", "Groups__CachedUsers", "DynamoDb__TablePrefix", "no prefix")]
    public async Task A_service_with_wrong_settings_names_each_and_ends_with_code_1(string service, string number, string other, string wrong)
    {
        var start = new ProcessStartInfo("dotnet", ServiceBinaries.Find(service)) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (key, value) in new[]
        {
            ("ConnectionStrings__kafka", "127.0.0.1:1"),
            ("Authentication__Key", new string('k', 40)),
            ("InternalAuthentication__Key", new string('i', 40)),
            (number, "-1"),
            (other, wrong),
        })
        {
            start.Environment[key] = value;
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(Deadline);
        var output = process.StandardOutput.ReadToEndAsync(Deadline);
        await process.WaitForExitAsync(Deadline);

        Assert.Equal(1, process.ExitCode);
        Assert.Contains(number.Split("__")[1], await errors, StringComparison.Ordinal);
        Assert.Contains(other.Split("__")[1], await errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", await errors + await output, StringComparison.Ordinal);
    }
}
