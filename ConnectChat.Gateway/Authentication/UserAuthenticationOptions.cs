using System.ComponentModel.DataAnnotations;

namespace ConnectChat.Gateway.Authentication;

/// <summary>Which tokens of users are accepted. Configuration section <c>Authentication</c>.</summary>
public sealed class UserAuthenticationOptions : IValidatableObject
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Authentication";

    /// <summary>The one accepted issuer (<c>iss</c>). Default <c>connectchat</c>.</summary>
    [Required]
    public string Issuer { get; set; } = "connectchat";

    /// <summary>The one accepted audience (<c>aud</c>). Default <c>connectchat</c>.</summary>
    [Required]
    public string Audience { get; set; } = "connectchat";

    /// <summary>Address of an OpenID Connect issuer that publishes its keys; for production. Exactly one of this and <see cref="Key"/>.</summary>
    public string? Authority { get; set; }

    /// <summary>A symmetric key (HS256), 32 characters or more; for development and tests.</summary>
    public string? Key { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrEmpty(Authority) == string.IsNullOrEmpty(Key))
        {
            yield return new ValidationResult("Set exactly one of Authentication:Authority and Authentication:Key.", [nameof(Authority), nameof(Key)]);
        }

        if (Key is { Length: > 0 and < 32 })
        {
            yield return new ValidationResult("Authentication:Key must have 32 characters or more.", [nameof(Key)]);
        }
    }
}
