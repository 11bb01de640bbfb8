using System.ComponentModel.DataAnnotations;

namespace ConnectChat.ServiceDefaults.Authentication;

/// <summary>How the services know each other: a key that only they have. Configuration section <c>InternalAuthentication</c>.</summary>
public sealed class InternalAuthenticationOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "InternalAuthentication";

    /// <summary>Shared by all services of one deployment, 32 characters or more, from a secret store. No default.</summary>
    [Required]
    [MinLength(32)]
    public string Key { get; set; } = "";
}
