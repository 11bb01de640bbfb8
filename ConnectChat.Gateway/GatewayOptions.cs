using System.ComponentModel.DataAnnotations;

namespace ConnectChat.Gateway;

/// <summary>Configuration section <c>Gateway</c>. All errors are reported at start, each with its key.</summary>
public sealed class GatewayOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Gateway";

    /// <summary>How this instance is called on spans and in logs. Default: machine name and process id.</summary>
    [Required]
    public string Id { get; set; } = $"{Environment.MachineName}-{Environment.ProcessId}";

    /// <summary>
    /// Origins of browsers that may call (CORS), each exactly as a browser sends it: scheme and host in lower case, a port only when it is
    /// not the scheme's own, no path and no slash at the end, like <c>https://chat.example.com</c>. Default none.
    /// </summary>
    public string[] AllowedOrigins { get; set; } = [];

    /// <summary>How long a call to Groups or Messaging may take. 100 ms to 1 minute, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
