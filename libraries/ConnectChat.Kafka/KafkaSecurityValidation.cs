using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ConnectChat.Kafka;

/// <summary>Finds everything that is missing or contradicts itself among the settings of security.</summary>
internal sealed class KafkaSecurityValidation(IConfiguration configuration) : IValidateOptions<KafkaSecurityOptions>
{
    private static readonly string[] Clients = ["Producer", "Consumer", "Producer:kafka", "Consumer:kafka"];

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, KafkaSecurityOptions options)
    {
        var failures = Failures(options).ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private IEnumerable<string> Failures(KafkaSecurityOptions options)
    {
        if (options.Security is not null && options.Meaning is null)
        {
            yield return $"Kafka:Security is '{options.Security}'; it must be Plaintext, Tls, Scram or AwsIam.";
        }

        foreach (var (key, value) in new[] { ("Kafka:Username", options.Username), ("Kafka:Password", options.Password) })
        {
            if (options.Security == "Scram" && string.IsNullOrEmpty(value))
            {
                yield return $"{key} is missing: Kafka:Security is Scram.";
            }
            else if (options.Security != "Scram" && value is not null)
            {
                yield return $"{key} is given, but Kafka:Security is not Scram.";
            }
        }

        if (options.Security == "AwsIam" && string.IsNullOrEmpty(options.Region ?? configuration["AWS_REGION"]))
        {
            yield return "Kafka:Region or AWS_REGION is missing: Kafka:Security is AwsIam.";
        }

        foreach (var failure in options.Meaning is { } meaning ? Contradictions(options, meaning) : [])
        {
            yield return failure;
        }
    }

    private IEnumerable<string> Contradictions(KafkaSecurityOptions options, KafkaSecurity meaning)
    {
        foreach (var client in Clients)
        {
            var section = $"Aspire:Confluent:Kafka:{client}:Config";
            var config = configuration.GetSection(section).Get<ClientConfig>();
            if (config?.SecurityProtocol is { } protocol && protocol != meaning.Protocol)
            {
                yield return $"{section}:SecurityProtocol is {protocol}, but Kafka:Security is {options.Security}.";
            }

            if (config?.SaslMechanism is { } mechanism && mechanism != meaning.Mechanism)
            {
                yield return $"{section}:SaslMechanism is {mechanism}, but Kafka:Security is {options.Security}.";
            }

            if (config?.SaslUsername is not null || config?.SaslPassword is not null)
            {
                yield return $"{section} names a user or a password; with Kafka:Security they are Kafka:Username and Kafka:Password.";
            }
        }
    }
}
