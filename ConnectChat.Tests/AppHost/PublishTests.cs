using System.Diagnostics;
using System.Text.Json;
using ConnectChat.Contracts;

namespace ConnectChat.Tests.AppHost;

/// <summary>What an operator gets from the AppHost: the manifest, by every way that leads to it, and a plain word where nothing does.</summary>
public sealed class PublishTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connectchat-publish-");

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact(Timeout = 240_000)]
    public async Task The_manifest_describes_every_service_with_its_references_and_parameters()
    {
        using var manifest = await ManifestAsync();
        var resources = manifest.RootElement.GetProperty("resources");

        foreach (var service in new[] { "groups", "messaging", "gateway" })
        {
            Assert.StartsWith("project.", resources.GetProperty(service).GetProperty("type").GetString(), StringComparison.Ordinal);
            Assert.Equal("{internal-key.value}", Variable(resources, service, "InternalAuthentication__Key"));
            Assert.Equal("/health", Variable(resources, service, "Health__ReadyPath"));
            Assert.Equal("/alive", Variable(resources, service, "Health__LivePath"));
            Assert.StartsWith("http://*:", Variable(resources, service, "Kestrel__Endpoints__http__Url"), StringComparison.Ordinal);
        }

        foreach (var service in new[] { "messaging", "gateway" })
        {
            Assert.Equal("{kafka.connectionString}", Variable(resources, service, "ConnectionStrings__kafka"));
            Assert.Equal("{kafka-security.value}", Variable(resources, service, "Kafka__Security"));
            Assert.Contains("{groups.bindings.grpc", Variable(resources, service, "services__groups__grpc__0"), StringComparison.Ordinal);
        }

        Assert.Contains("{messaging.bindings.grpc", Variable(resources, "gateway", "services__messaging__grpc__0"), StringComparison.Ordinal);
        Assert.Equal("{token-signing-key.value}", Variable(resources, "gateway", "Authentication__Key"));
        foreach (var parameter in new[] { "kafka", "kafka-security", "internal-key", "token-signing-key" })
        {
            Assert.StartsWith("parameter.", resources.GetProperty(parameter).GetProperty("type").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(
            "Plaintext",
            resources.GetProperty("kafka-security").GetProperty("inputs").GetProperty("value").GetProperty("default").GetProperty("value").GetString());
    }

    [Fact(Timeout = 240_000)]
    public async Task The_manifest_has_one_gateway_that_scales_and_gives_itself_an_id()
    {
        using var manifest = await ManifestAsync();
        var resources = manifest.RootElement.GetProperty("resources");

        var gateway = Assert.Single(resources.EnumerateObject(), resource => resource.Name.StartsWith("gateway", StringComparison.Ordinal));
        Assert.False(gateway.Value.GetProperty("env").TryGetProperty("Gateway__Id", out _));
        Assert.True(gateway.Value.GetProperty("bindings").GetProperty("http").GetProperty("external").GetBoolean());
    }

    [Fact(Timeout = 240_000)]
    public async Task The_manifest_describes_the_topics_and_tables_that_the_services_create()
    {
        using var manifest = await ManifestAsync();
        var described = manifest.RootElement.GetProperty("resources").GetProperty("connectchat");

        Assert.Equal(
            TopicSchema.All.Select(topic => (topic.Name, topic.Partitions, (long)topic.Retention.TotalMilliseconds)),
            described.GetProperty("topics").EnumerateArray().Select(topic =>
                (topic.GetProperty("name").GetString()!, topic.GetProperty("partitions").GetInt32(), topic.GetProperty("retentionMs").GetInt64())));
        Assert.Equal(
            TableSchema.All.Select(table => ($"connectchat-{table.Name}", table.PartitionKey, table.SortKey, table.TimeToLive)),
            described.GetProperty("tables").EnumerateArray().Select(table => (
                table.GetProperty("name").GetString()!, table.GetProperty("partitionKey").GetString()!, table.GetProperty("sortKey").GetString()!,
                table.TryGetProperty("timeToLive", out var timeToLive) ? timeToLive.GetString() : null)));
    }

    [Fact(Timeout = 240_000)]
    public async Task Aspire_publish_writes_the_manifest()
    {
        var (code, output) = await RunAsync("--operation", "publish", "--step", "publish", "--output-path", _folder.FullName);

        Assert.True(code == 0, output);
        using var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "aspire-manifest.json"), Deadline));
        Assert.True(manifest.RootElement.GetProperty("resources").TryGetProperty("gateway", out _));
    }

    [Fact(Timeout = 240_000)]
    public async Task Aspire_deploy_fails_with_a_sentence_instead_of_succeeding_for_nothing()
    {
        var (code, output) = await RunAsync("--operation", "publish", "--step", "deploy", "--output-path", _folder.FullName);

        Assert.NotEqual(0, code);
        Assert.Contains("Nothing was deployed", output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_setting_that_makes_no_sense_ends_in_a_sentence_that_names_it()
    {
        (string Setting, string Named)[] mistakes =
            [("Gateways=0", "Gateways is '0'"), ("Containers=maybe", "Containers is 'maybe'"), ("GatewayPort=70000", "GatewayPort is '70000'")];
        foreach (var (setting, named) in mistakes)
        {
            var (code, output) = await RunAsync(setting);
            Assert.NotEqual(0, code);
            Assert.Contains(named, output, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Variable(JsonElement resources, string service, string name) =>
        resources.GetProperty(service).GetProperty("env").GetProperty(name).GetString()!;

    private async Task<JsonDocument> ManifestAsync()
    {
        var file = Path.Combine(_folder.FullName, "manifest.json");
        var (code, output) = await RunAsync("--publisher", "manifest", "--output-path", file);
        Assert.True(code == 0, output);
        return JsonDocument.Parse(await File.ReadAllTextAsync(file, Deadline));
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        // From its own folder, where all that it needs lies beside it; of the same configuration as these tests.
        var appHost = Path.Combine(
            AppContext.BaseDirectory.Replace("ConnectChat.Tests", "ConnectChat.AppHost", StringComparison.Ordinal), "ConnectChat.AppHost.dll");
        using var process =
            Process.Start(new ProcessStartInfo("dotnet", [appHost, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync(Deadline);
        var output = await process.StandardOutput.ReadToEndAsync(Deadline);
        await process.WaitForExitAsync(Deadline);
        return (process.ExitCode, output + await error);
    }
}
