using System.Text;
using Amazon.Runtime;
using Confluent.Kafka;
using ConnectChat.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ConnectChat.Tests.Settings;

/// <summary>R9: a client of Kafka is protected as somebody wrote, or does not start.</summary>
public sealed class KafkaSecurityTests
{
    private const string ProducerConfig = "Aspire:Confluent:Kafka:Producer:Config";

    [Fact]
    public void R9_the_token_for_msk_is_signed_as_awss_own_signer_does()
    {
        // aws-msk-iam-sasl-signer-js 1.0.3, with these credentials, at this time.
        const string Expected = "de9b3ed6664b4781072a45114764c0f199e386af03ac92d8ffa661790b5cefc3";
        var token = MskToken.Create(
            new ImmutableCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a/session+token=="),
            "eu-central-1",
            new DateTimeOffset(2026, 11, 25, 12, 30, 18, TimeSpan.Zero));

        var base64 = token.Value.Replace('-', '+').Replace('_', '/');
        var address = Encoding.UTF8.GetString(Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '=')));
        Assert.StartsWith("https://kafka.eu-central-1.amazonaws.com/?Action=kafka-cluster%3AConnect&", address, StringComparison.Ordinal);
        Assert.Contains($"&X-Amz-Signature={Expected}&", address, StringComparison.Ordinal);
        Assert.Equal(1795610718000, token.ExpiresAt.ToUnixTimeMilliseconds());
    }

    [Theory]
    [InlineData("Plaintext", SecurityProtocol.Plaintext, null)]
    [InlineData("Tls", SecurityProtocol.Ssl, null)]
    [InlineData("Scram", SecurityProtocol.SaslSsl, SaslMechanism.ScramSha512)]
    [InlineData("AwsIam", SecurityProtocol.SaslSsl, SaslMechanism.OAuthBearer)]
    public void R9_each_kind_of_security_is_what_clients_get(string security, SecurityProtocol protocol, SaslMechanism? mechanism)
    {
        var config = new ProducerConfig();
        var options = new KafkaSecurityOptions { Security = security, Username = "chat", Password = "secret" };
        options.Meaning!.Apply(config, options);

        Assert.Equal((protocol, mechanism), (config.SecurityProtocol, config.SaslMechanism));
        Assert.Equal(security == "Scram" ? "chat" : null, config.SaslUsername);
    }

    [Theory]
    [InlineData("Kafka:Security='SaslSsl'", "Kafka:Security", "Kafka:Security=SaslSsl")]
    [InlineData("two names at once", "Kafka:Username", "Kafka:Security=Scram")]
    [InlineData("a password for nobody", "Kafka:Password", "Kafka:Security=Tls", "Kafka:Password=x")]
    [InlineData("no region", "AWS_REGION", "Kafka:Security=AwsIam")]
    [InlineData("less than the client settings say", "SecurityProtocol", "Kafka:Security=Plaintext", ProducerConfig + ":SecurityProtocol=SaslSsl")]
    [InlineData("another mechanism", "SaslMechanism", "Kafka:Security=AwsIam", "AWS_REGION=eu-central-1", ProducerConfig + ":SaslMechanism=Plain")]
    public async Task R9_a_contradiction_is_refused_at_the_start(string what, string named, params string[] settings)
    {
        using var host = Host(settings);
        var refused = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.True(refused.Failures.Any(failure => failure.Contains(named, StringComparison.Ordinal)), $"{what}: {string.Join(' ', refused.Failures)}");
    }

    [Fact]
    public void R9_client_settings_alone_are_kept_and_not_weakened()
    {
        using var host = Host(
            [$"{ProducerConfig}:SecurityProtocol=SaslSsl", $"{ProducerConfig}:SaslMechanism=ScramSha256", $"{ProducerConfig}:SaslUsername=u"]);

        // librdkafka refuses SCRAM without a password: had the settings become plaintext, it would have been content.
        var refused = Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredService<IProducer<string, byte[]>>());
        Assert.Contains("sasl", refused.Message, StringComparison.OrdinalIgnoreCase);
    }

    private static IHost Host(string[] settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => setting.Split('=', 2)).Select(pair => new KeyValuePair<string, string?>(pair[0], pair[1])));
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:kafka", "127.0.0.1:1")]);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddProducer();
        return builder.Build();
    }
}
