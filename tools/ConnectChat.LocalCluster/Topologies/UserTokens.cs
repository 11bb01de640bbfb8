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
    public static string ForService(string key, TimeProvider clock) => Handler.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = "LocalCluster",
        Audience = "connectchat-internal",
        NotBefore = clock.GetUtcNow().UtcDateTime.AddMinutes(-1),
        Expires = clock.GetUtcNow().UtcDateTime.AddMinutes(5),
        SigningCredentials = Credentials(key),
    });

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

    private static SigningCredentials Credentials(string secret) =>
        new(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret)), SecurityAlgorithms.HmacSha256);
}
