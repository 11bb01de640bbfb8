using Confluent.Kafka;

namespace ConnectChat.Kafka;

/// <summary>
/// Configuration section <c>Kafka</c>: how clients prove to the brokers who they are. Decided by <see cref="Security"/>, never by the shape of
/// an address. What contradicts itself is refused at the start: a client must never be less protected than somebody wrote.
/// </summary>
public sealed class KafkaSecurityOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Kafka";

    /// <summary>
    /// <c>Plaintext</c>; <c>Tls</c>; <c>Scram</c> (TLS, user and password, SCRAM-SHA-512); <c>AwsIam</c> (TLS, the task's role, for MSK).
    /// Not set: whatever the client settings under <c>Aspire:Confluent:Kafka</c> say, which is plaintext when they say nothing.
    /// </summary>
    public string? Security { get; set; }

    /// <summary>The user of <c>Scram</c>.</summary>
    public string? Username { get; set; }

    /// <summary>The password of <c>Scram</c>. Never logged.</summary>
    public string? Password { get; set; }

    /// <summary>The region of <c>AwsIam</c>; <c>AWS_REGION</c> when it is not set.</summary>
    public string? Region { get; set; }

    /// <summary>What <see cref="Security"/> means; null when it is not set or is none of its values.</summary>
    internal KafkaSecurity? Meaning => Security switch
    {
        "Plaintext" => new KafkaSecurity(SecurityProtocol.Plaintext, null),
        "Tls" => new KafkaSecurity(SecurityProtocol.Ssl, null),
        "Scram" => new KafkaSecurity(SecurityProtocol.SaslSsl, SaslMechanism.ScramSha512),
        "AwsIam" => new KafkaSecurity(SecurityProtocol.SaslSsl, SaslMechanism.OAuthBearer),
        _ => null,
    };
}

/// <summary>How a client connects.</summary>
internal sealed record KafkaSecurity(SecurityProtocol Protocol, SaslMechanism? Mechanism)
{
    /// <summary>Applies it to a client's settings, which say nothing else (<see cref="KafkaSecurityValidation"/>).</summary>
    public void Apply(ClientConfig config, KafkaSecurityOptions options)
    {
        config.SecurityProtocol = Protocol;
        config.SaslMechanism = Mechanism;
        if (Mechanism == SaslMechanism.ScramSha512)
        {
            (config.SaslUsername, config.SaslPassword) = (options.Username, options.Password);
        }
    }
}
