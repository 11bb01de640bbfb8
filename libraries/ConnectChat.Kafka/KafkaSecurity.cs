using Confluent.Kafka;
using Microsoft.Extensions.Configuration;

namespace ConnectChat.Kafka;

/// <summary>How clients authenticate to Kafka. Decided by the key <c>Kafka:Security</c>, never by the shape of an address.</summary>
internal static class KafkaSecurity
{
    /// <summary>Applies <c>Kafka:Security</c>: <c>Plaintext</c> (the default), or <c>Tls</c>.</summary>
    /// <exception cref="InvalidOperationException">Any other value.</exception>
    public static void Apply(IConfiguration configuration, ClientConfig config)
    {
        config.SecurityProtocol = (configuration["Kafka:Security"] ?? "Plaintext") switch
        {
            "Plaintext" => SecurityProtocol.Plaintext,
            "Tls" => SecurityProtocol.Ssl,
            var other => throw new InvalidOperationException($"Kafka:Security is '{other}'; it must be Plaintext or Tls."),
        };
    }
}
