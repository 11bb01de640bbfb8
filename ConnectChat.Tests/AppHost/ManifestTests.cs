using System.Diagnostics;
using System.Text.Json;

namespace ConnectChat.Tests.AppHost;

public sealed class ManifestTests
{
    [Fact(Timeout = 120_000)]
    public async Task The_manifest_describes_every_service_with_its_references_and_parameters()
    {
        using var manifest = JsonDocument.Parse(await PublishAsync(TestContext.Current.CancellationToken));
        var resources = manifest.RootElement.GetProperty("resources");

        foreach (var service in new[] { "groups", "messaging", "gateway-1", "gateway-2" })
        {
            Assert.StartsWith("project.", resources.GetProperty(service).GetProperty("type").GetString(), StringComparison.Ordinal);
            Assert.Equal("{internal-key.value}", Variable(resources, service, "InternalAuthentication__Key"));
        }

        foreach (var service in new[] { "messaging", "gateway-1", "gateway-2" })
        {
            Assert.Equal("{kafka.connectionString}", Variable(resources, service, "ConnectionStrings__kafka"));
            Assert.Contains("{groups.bindings.grpc", Variable(resources, service, "services__groups__grpc__0"), StringComparison.Ordinal);
        }

        foreach (var gateway in new[] { "gateway-1", "gateway-2" })
        {
            Assert.Contains("{messaging.bindings.grpc", Variable(resources, gateway, "services__messaging__grpc__0"), StringComparison.Ordinal);
            Assert.Equal("{token-signing-key.value}", Variable(resources, gateway, "Authentication__Key"));
        }

        foreach (var parameter in new[] { "kafka", "internal-key", "token-signing-key" })
        {
            Assert.StartsWith("parameter.", resources.GetProperty(parameter).GetProperty("type").GetString(), StringComparison.Ordinal);
        }
    }

    private static string Variable(JsonElement resources, string service, string name) =>
        resources.GetProperty(service).GetProperty("env").GetProperty(name).GetString()!;

    private static async Task<string> PublishAsync(CancellationToken cancellationToken)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("manifest-").FullName, "manifest.json");

        // From its own folder, where all that it needs lies beside it; of the same configuration as these tests.
        var appHost = Path.Combine(AppContext.BaseDirectory.Replace("ConnectChat.Tests", "ConnectChat.AppHost", StringComparison.Ordinal), "ConnectChat.AppHost.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [appHost, "--publisher", "manifest", "--output-path", file])
        {
            RedirectStandardOutput = true,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, output);
        return await File.ReadAllTextAsync(file, cancellationToken);
    }
}
