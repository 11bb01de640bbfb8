using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.LocalCluster.Topologies;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Services;

/// <summary>R9: gRPC between services may be encrypted in the processes themselves, as docs/deploy.md says.</summary>
[UsesGivenKafka]
public sealed class TlsTests(KafkaFixture kafka, DynamoDbFixture dynamoDb)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task A_gateway_calls_groups_over_tls_and_trusts_the_authority_that_it_was_given()
    {
        var (certificate, key) = Files();
        var (grpc, health) = (FreePort.Next(), FreePort.Next());
        using var groups = Groups(grpc, health, certificate, key);
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{health}") };
            await Eventually.ReadyAsync(http);
            await using var services = await FakeServices.StartAsync(Token);
            await using var gateway = await GatewayProcess.StartAsync(
                kafka, services, FreePort.Next(), ("services__groups__grpc__0", $"https://localhost:{grpc}"), ("SSL_CERT_FILE", certificate));

            using var user = new HttpClient { BaseAddress = new Uri(gateway.Address) };
            user.DefaultRequestHeaders.Authorization = new("Bearer", GatewayHost.Token("ann"));
            using var created = await user.PostAsJsonAsync("groups", new { name = "over TLS" }, Token);

            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
            using var plain = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
            await Assert.ThrowsAsync<HttpRequestException>(() => plain.GetAsync(new Uri($"http://127.0.0.1:{grpc}/"), Token));
        }
        finally
        {
            groups.Kill();
            await groups.WaitForExitAsync(Token);
        }
    }

    private Process Groups(int grpc, int health, string certificate, string key)
    {
        var assembly = ServiceBinaries.Find("ConnectChat.Groups");
        var start = new ProcessStartInfo("dotnet", [assembly])
        {
            WorkingDirectory = Path.GetDirectoryName(assembly),
            RedirectStandardOutput = true,
            Environment =
            {
                ["AWS_ENDPOINT_URL_DYNAMODB"] = dynamoDb.ServiceUrl,
                ["DynamoDb__TablePrefix"] = $"tls-{Guid.NewGuid():N}-",
                ["InternalAuthentication__Key"] = GatewayHost.InternalKey,
                ["Kestrel__Endpoints__http__Url"] = $"http://127.0.0.1:{health}",
                ["Kestrel__Endpoints__grpc__Url"] = $"https://127.0.0.1:{grpc}",
                ["Kestrel__Endpoints__grpc__Protocols"] = "Http2",
                ["Kestrel__Endpoints__grpc__Certificate__Path"] = certificate,
                ["Kestrel__Endpoints__grpc__Certificate__KeyPath"] = key,
            },
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    private static (string Certificate, string Key) Files()
    {
        using var certificate = SelfSigned.Certificate();
        using var key = certificate.GetECDsaPrivateKey()!;
        var folder = Directory.CreateTempSubdirectory("connectchat-tls-").FullName;
        var files = (Certificate: Path.Combine(folder, "certificate.pem"), Key: Path.Combine(folder, "key.pem"));
        File.WriteAllText(files.Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
        return files;
    }
}
