using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway;

/// <summary>
/// Refuses at start what no browser sends as <c>Origin</c>: a browser names scheme and host, in lower case, and a port only when it is
/// not the scheme's own (RFC 6454, section 6.2). Anything else would be accepted in silence and never match.
/// </summary>
internal sealed class AllowedOriginsValidation : IValidateOptions<GatewayOptions>
{
    private const string Key = $"{GatewayOptions.Section}:{nameof(GatewayOptions.AllowedOrigins)}";

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        var errors = options.AllowedOrigins.Select(Problem).OfType<string>().ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static string? Problem(string? origin, int index)
    {
        if (!Uri.TryCreate(origin, UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            || Uri.CheckHostName(url.IdnHost.Trim('[', ']')) == UriHostNameType.Unknown)
        {
            return $"{Key}:{index} is '{origin}', which no browser sends as its origin: "
                + "write scheme and host, like https://chat.example.com, and each origin by itself (no *).";
        }

        var host = url.HostNameType == UriHostNameType.IPv6 ? url.Host : url.IdnHost;
        var sent = $"{url.Scheme}://{host}{(url.IsDefaultPort ? "" : $":{url.Port}")}";
        return origin == sent ? null : $"{Key}:{index} is '{origin}', which no browser sends as its origin: write '{sent}'.";
    }
}
