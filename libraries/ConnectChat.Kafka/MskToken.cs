using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;

namespace ConnectChat.Kafka;

/// <summary>
/// The token by which a client of Amazon MSK proves its role: a signed address (AWS Signature Version 4, query form) for the action
/// <c>kafka-cluster:Connect</c>, as <c>aws-msk-iam-sasl-signer</c> makes it. Its signature was compared with that of the signer for JavaScript.
/// </summary>
/// <param name="Value">What the broker gets.</param>
/// <param name="ExpiresAt">Until when it lets a client in. Connections that exist stay.</param>
internal sealed record MskToken(string Value, DateTimeOffset ExpiresAt)
{
    private const string UserAgent = "connect-chat";
    private const string Service = "kafka-cluster";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>A token for a cluster of this region.</summary>
    public static MskToken Create(ImmutableCredentials credentials, string region, DateTimeOffset now)
    {
        var time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var scope = $"{time[..8]}/{region}/{Service}/aws4_request";
        var host = $"kafka.{region}.amazonaws.com";

        // In the order of their names, as the signature demands.
        List<(string Name, string Value)> query =
        [
            ("Action", "kafka-cluster:Connect"),
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", $"{credentials.AccessKey}/{scope}"),
            ("X-Amz-Date", time),
            ("X-Amz-Expires", $"{Lifetime.TotalSeconds:0}"),
        ];
        if (!string.IsNullOrEmpty(credentials.Token))
        {
            query.Add(("X-Amz-Security-Token", credentials.Token));
        }

        query.Add(("X-Amz-SignedHeaders", "host"));
        var canonical = string.Join('&', query.Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value)}"));
        var request = $"GET\n/\n{canonical}\nhost:{host}\n\nhost\n{Hash("")}";
        var toSign = $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Hash(request)}";
        var key = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes($"AWS4{credentials.SecretKey}"), Sign);

        // Who asks is for the brokers' log, and not part of what is signed.
        var address = $"https://{host}/?{canonical}&X-Amz-Signature={Convert.ToHexStringLower(Sign(key, toSign))}&User-Agent={UserAgent}";
        return new MskToken(
            Convert.ToBase64String(Encoding.UTF8.GetBytes(address)).TrimEnd('=').Replace('+', '-').Replace('/', '_'), now + Lifetime);
    }

    private static byte[] Sign(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
