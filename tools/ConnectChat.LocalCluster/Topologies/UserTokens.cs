using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>Makes users' tokens as an identity provider would, for development and tests.</summary>
internal sealed class UserTokens(string key)
{
    /// <summary>Who issues them.</summary>
    public const string Issuer = "connectchat";

    /// <summary>Whom they are for.</summary>
    public const string Audience = "connectchat";

    private static readonly JsonWebTokenHandler Handler = new();
    private readonly SigningCredentials _credentials = Credentials(key);

    /// <summary>A token such as services show each other, signed with the key that they share.</summary>
    /// <param name="key">The key.</param>
    /// <param name="service">The full name of the gRPC service that it opens.</param>
    /// <param name="clock">The clock.</param>
    public static string ForService(string key, string service, TimeProvider clock) =>
        Internal(key, "connectchat-internal", new Dictionary<string, object> { ["scope"] = service }, clock);

    /// <summary>An operator's token, for what is asked of one gateway on its operators' port.</summary>
    public static string ForOperator(string key, TimeProvider clock) => Internal(key, "connectchat-operators", [], clock);

    /// <summary>A token for a user.</summary>
    public string Mint(string userId, TimeSpan lifetime, TimeProvider clock)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return Handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Audience,
            IssuedAt = now,
            NotBefore = now.AddMinutes(-1),
            Expires = now + lifetime,
            Claims = new Dictionary<string, object> { [JwtRegisteredClaimNames.Sub] = userId },
            SigningCredentials = _credentials,
        });
    }

    private static string Internal(string key, string audience, Dictionary<string, object> claims, TimeProvider clock) =>
        Handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "LocalCluster",
            Audience = audience,
            NotBefore = clock.GetUtcNow().UtcDateTime.AddMinutes(-1),
            Expires = clock.GetUtcNow().UtcDateTime.AddMinutes(1),
            Claims = claims,
            SigningCredentials = Credentials(key),
        });

    private static SigningCredentials Credentials(string secret) =>
        new(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret)), SecurityAlgorithms.HmacSha256);
}
