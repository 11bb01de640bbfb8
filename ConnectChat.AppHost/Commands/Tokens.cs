using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ConnectChat.AppHost.Commands;

/// <summary>The tokens that dashboard commands carry, signed with the keys that this run generated.</summary>
internal static class Tokens
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>A token for a demo user.</summary>
    public static string ForUser(string userId, string key) => Create("connectchat", "connectchat", userId, key);

    /// <summary>A token such as services have.</summary>
    public static string ForService(string key) => Create("dashboard", "connectchat-internal", "dashboard", key);

    private static string Create(string issuer, string audience, string subject, string key) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = issuer,
        Audience = audience,
        Claims = new Dictionary<string, object> { [JwtRegisteredClaimNames.Sub] = subject },
        Expires = TimeProvider.System.GetUtcNow().Add(Lifetime).UtcDateTime,
        SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(key)), SecurityAlgorithms.HmacSha256),
    });
}
