using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ConnectChat.Kafka;

/// <summary>Gives Kafka's clients a token of the process's AWS role whenever they ask for one, which they do before the last one ends.</summary>
internal sealed partial class MskTokens(IOptions<KafkaSecurityOptions> options, IConfiguration settings, TimeProvider clock, ILogger<MskTokens> logger)
{
    private const string Principal = "connect-chat";

    /// <summary>A client wants a token. Called by the client's own thread; a failure is reported to it, and it asks again.</summary>
    /// <param name="client">Who asks.</param>
    /// <param name="configuration">Its <c>sasl.oauthbearer.config</c>, which nothing uses.</param>
    public void Refresh(IClient client, string configuration)
    {
        try
        {
            var credentials = DefaultAWSCredentialsIdentityResolver.GetCredentials().GetCredentials();
            var token = MskToken.Create(credentials, options.Value.Region ?? settings["AWS_REGION"]!, clock.GetUtcNow());
            client.OAuthBearerSetToken(token.Value, token.ExpiresAt.ToUnixTimeMilliseconds(), Principal);
        }
        catch (Exception problem) when (problem is AmazonClientException or KafkaException or InvalidOperationException or ArgumentException)
        {
            LogNoToken(logger, problem.Message);
            client.OAuthBearerSetTokenFailure(problem.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "There is no token for Kafka: {problem}; the client asks again")]
    private static partial void LogNoToken(ILogger logger, string problem);
}
